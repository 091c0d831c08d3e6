// Whether a long log makes anything slower: the same deliveries are appended to an empty log and to a long one, and
// processed from both, in turn, so that the machine's moods meet both alike.
//   bench_depth DIR PLUGINS RULES RECORDS
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "engine/log/blobs.h"
#include "engine/processor/processor.h"
#include "engine/state/position.h"
#include "tests/bench/filling.h"
#include "tests/bench/payload.h"

namespace hookswitch::bench {
namespace {

constexpr uint64_t kOldAtOnce = 512;
constexpr size_t kOldBytes = 256;
constexpr int kRounds = 20;
constexpr int kRoundRecords = 5'000;
constexpr uint64_t kAtOnce = 64;  // as many clients as the other loads have
constexpr size_t kBytes = 4096;

using SteadyClock = std::chrono::steady_clock;

double seconds_since(SteadyClock::time_point began) {
  return std::chrono::duration<double>(SteadyClock::now() - began).count();
}

void row(const std::string& title, const std::string& value) { fmt::print("{:<58} {:>14}\n", title, value); }

NewRecord delivery(std::string body) {
  NewRecord record;
  record.time_ms = SystemClock().now_ms();
  record.source = "elevenlabs";
  record.headers = {{":path", "/hooks/elevenlabs"}, {"content-type", "application/json"}};
  record.body = std::move(body);
  return record;
}

/// A log and the state that is made from it, with the times that its rounds took.
class Side {
 public:
  Status open(const std::string& dir, const Decoder& decoder, const std::string& rules_dir) {
    auto log = Log::open({.dir = dir + "/log", .blob_dir = dir + "/blobs"}, clock_);
    if (!log) return std::unexpected(log.error());
    auto store = Store::open({.dir = dir + "/state"}, clock_);
    if (!store) return std::unexpected(store.error());
    log_ = std::move(*log);
    store_ = std::move(*store);
    decoder_ = &decoder;
    rules_dir_ = rules_dir;
    return {};
  }

  /// Old records, and a state that has seen them all.
  Status fill(uint64_t records) {
    const auto began = SteadyClock::now();
    const std::string body(kOldBytes, 'x');
    if (!append_all(*log_, records, kOldAtOnce, [&](uint64_t) { return delivery(body); })) {
      return fail(Code::io, "fill the log: it refused records");
    }
    const LogStats stats = log_->stats();
    row(fmt::format("a log of {} records of {} bytes, {} groups (GB)", records, kOldBytes, stats.commits),
        fmt::format("{:.1f}", static_cast<double>(stats.used_bytes) / 1e9));
    row("filled at (records/s)", fmt::format("{:.0f}", static_cast<double>(records) / seconds_since(began)));
    log_->keep_from(log_->last_seq() + 1);
    return store_->write([&](Writer& writer) -> Status {
      put_position(writer, log_->last_seq());
      return {};
    });
  }

  Status begin() {
    auto rules = RuleSet::load(rules_dir_, {});
    if (!rules) return std::unexpected(rules.error());
    Processor::Parts parts{.log = *log_,
                           .store = *store_,
                           .decoder = *decoder_,
                           .directory = directory_,
                           .answers = answers_,
                           .metrics = process_metrics_,
                           .clock = clock_};
    processor_ = std::make_unique<Processor>(std::move(parts), std::move(*rules));
    processor_->begin();
    return {};
  }

  bool round(const std::vector<std::string>& bodies) {
    auto began = SteadyClock::now();
    if (!append_all(*log_, bodies.size(), kAtOnce, [&](uint64_t i) { return delivery(bodies[i]); })) return false;
    append_s_.push_back(seconds_since(began));
    began = SteadyClock::now();
    while (processor_->status().position < log_->last_seq()) {
      if (!processor_->step() && !processor_->status().stopped.empty()) return false;
    }
    process_s_.push_back(seconds_since(began));
    return true;
  }

  const std::vector<double>& append_s() const { return append_s_; }
  const std::vector<double>& process_s() const { return process_s_; }

 private:
  SystemClock clock_;
  Metrics metrics_;
  ProcessMetrics process_metrics_{metrics_};
  Answers answers_{clock_};
  Directory directory_{{{"B1/L1", "", "Europe/Bucharest", "RO", {{"elevenlabs", "agent_bench"}}, {}}}, {}};
  const Decoder* decoder_ = nullptr;
  std::string rules_dir_;
  std::unique_ptr<Log> log_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Processor> processor_;
  std::vector<double> append_s_, process_s_;
};

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

void compare(const char* what, const std::vector<double>& empty_s, const std::vector<double>& deep_s) {
  std::vector<double> ratios;
  for (size_t i = 0; i < empty_s.size(); ++i) ratios.push_back(empty_s[i] / deep_s[i]);
  row(fmt::format("{}, an empty log (records/s)", what), fmt::format("{:.0f}", kRoundRecords / median(empty_s)));
  row(fmt::format("{}, the long log (records/s)", what), fmt::format("{:.0f}", kRoundRecords / median(deep_s)));
  fmt::print("  {:<56} {:>14}   goal: >= 90 %\n", fmt::format("of the empty one's, median of {} pairs", ratios.size()),
             fmt::format("{:.0f} %", 100 * median(ratios)));
}

Status run(const std::string& dir, const std::string& plugins, const std::string& rules_dir, uint64_t records) {
  auto blobs = Blobs::open(dir + "/blobs");
  if (!blobs) return std::unexpected(blobs.error());
  Providers providers;
  providers.load_dir(plugins);
  Sources sources;
  auto source = providers.create_source("elevenlabs", "elevenlabs", R"({"webhook_secret":"wsec_bench"})");
  if (!source) return std::unexpected(source.error());
  sources.put(*source);
  const Decoder decoder(sources, **blobs);
  Side empty, deep;
  if (auto opened = empty.open(dir + "/empty", decoder, rules_dir); !opened) return opened;
  if (auto opened = deep.open(dir + "/deep", decoder, rules_dir); !opened) return opened;
  if (auto filled = deep.fill(records); !filled) return filled;
  for (Side* side : {&empty, &deep}) {
    if (auto begun = side->begin(); !begun) return begun;
  }
  for (int round = 0; round <= kRounds; ++round) {
    std::vector<std::string> bodies;
    for (int i = 0; i < kRoundRecords; ++i) bodies.push_back(body_of(round * kRoundRecords + i, kBytes));
    Side* const order[] = {round % 2 == 0 ? &empty : &deep, round % 2 == 0 ? &deep : &empty};
    for (Side* side : order) {
      if (!side->round(bodies)) return fail(Code::io, "round {}: the log or the state refused records", round);
    }
  }
  compare("appended, 4 KB, 64 at once", empty.append_s(), deep.append_s());
  compare("processed, the default rules", empty.process_s(), deep.process_s());
  return {};
}

}  // namespace
}  // namespace hookswitch::bench

int main(int argc, char** argv) {
  if (argc != 5) {
    fmt::print(stderr, "usage: bench_depth DIR PLUGINS RULES RECORDS\n");
    return 2;
  }
  const auto done = hookswitch::bench::run(argv[1], argv[2], argv[3], std::stoull(argv[4]));
  if (!done) fmt::print(stderr, "{}\n", done.error().message);
  return done ? 0 : 1;
}
