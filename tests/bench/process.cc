// Processing alone: fills a log with distinct deliveries, then times the processor over all of them.
//   bench_process DIR PLUGINS RULES [RECORDS [HOOKSWITCH]]
// With the program the plugin is isolated, and its time is not in the CPU time shown.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "engine/isolation/isolated_plugin.h"
#include "engine/log/blobs.h"
#include "engine/processor/processor.h"
#include "tests/bench/payload.h"

namespace hookswitch::bench {
namespace {

constexpr int kRecords = 100'000;
constexpr int kAlone = 500;
constexpr size_t kBytes = 4096;

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

NewRecord record_of(int i) {
  NewRecord record;
  record.time_ms = 1'766'000'000'000 + i;
  record.source = "elevenlabs";
  record.headers = {{":path", "/hooks/elevenlabs"}, {"content-type", "application/json"}};
  record.body = body_of(i, kBytes);
  return record;
}

// One delivery at a time: how long from its commit until its effects can be read.
void time_alone(Log& log, std::atomic<uint64_t>& position, int first) {
  std::vector<double> us;
  for (int i = first; i < first + kAlone; ++i) {
    auto seq = log.append_and_wait(record_of(i));
    auto committed = std::chrono::steady_clock::now();
    for (uint64_t at = position; seq && at < *seq; at = position) position.wait(at);
    us.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - committed).count());
  }
  std::sort(us.begin(), us.end());
  fmt::print("{:<58} {:>14} {:>12.0f} {:>12.0f}\n", "one alone, from its commit to its effects (us p50, p99)", "",
             us[us.size() / 2], us[us.size() * 99 / 100]);
}

void fill(Log& log, int records) {
  std::atomic<int> stored{0};
  for (int i = 0; i < records; ++i) {
    NewRecord record = record_of(i);
    while (!log.append(record, [&](auto) { ++stored; })) std::this_thread::yield();
  }
  while (stored < records) std::this_thread::yield();
}

int run(const std::string& dir, const std::string& plugins, const std::string& rules_dir, int records,
        const std::string& program) {
  SystemClock clock;
  Metrics metrics;
  ProcessMetrics process_metrics(metrics);
  auto blobs = Blobs::open(dir + "/blobs");
  auto log = Log::open({.dir = dir + "/log", .blob_dir = dir + "/blobs"}, clock);
  auto store = Store::open({.dir = dir + "/state"}, clock);
  auto rules = RuleSet::load(rules_dir, {});
  if (!blobs || !log || !store || !rules) return fmt::print(stderr, "cannot open {} or {}\n", dir, rules_dir), 1;
  Providers providers;
  if (!program.empty()) providers.open_with(isolating_opener(true, {}, {.program = program}));
  providers.load_dir(plugins);
  Sources sources;
  auto source = providers.create_source("elevenlabs", "elevenlabs", R"({"webhook_secret":"wsec_bench"})");
  if (!source) return fmt::print(stderr, "{}\n", source.error().message), 1;
  sources.put(*source);
  fill(**log, records);

  Decoder decoder(sources, **blobs);
  Directory directory({{"B1/L1", "", "Europe/Bucharest", "RO", {{"elevenlabs", "agent_bench"}}, {}}}, {});
  Answers answers(clock);
  std::atomic<uint64_t> position{0};
  Processor processor({.log = **log,
                       .store = **store,
                       .decoder = decoder,
                       .directory = directory,
                       .answers = answers,
                       .metrics = process_metrics,
                       .clock = clock,
                       .on_commit =
                           [&](uint64_t at) {
                             position = at;
                             position.notify_all();
                           }},
                      std::move(*rules));
  auto began = std::chrono::steady_clock::now();
  double cpu = cpu_seconds();
  processor.start();
  while (position < static_cast<uint64_t>(records)) position.wait(position.load());
  double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  cpu = cpu_seconds() - cpu;
  fmt::print("{:<58} {:>14} {:>12} {:>12}\n", "processing alone, the default rules", "events/s", "us CPU", "us wall");
  fmt::print("{:<58} {:>14.0f} {:>12.1f} {:>12.1f}\n", fmt::format("{} distinct 4 KB deliveries", records),
             records / wall, 1e6 * cpu / records, 1e6 * wall / records);
  time_alone(**log, position, records);
  processor.stop();
  return 0;
}

}  // namespace
}  // namespace hookswitch::bench

int main(int argc, char** argv) {
  if (argc < 4) {
    fmt::print(stderr, "usage: bench_process DIR PLUGINS RULES [RECORDS [HOOKSWITCH]]\n");
    return 2;
  }
  return hookswitch::bench::run(argv[1], argv[2], argv[3], argc > 4 ? std::stoi(argv[4]) : hookswitch::bench::kRecords,
                                argc > 5 ? argv[5] : "");
}
