// An engine that stopped: its data directory, in which the state can be made anew of its log or of what is left of it.
#pragma once

#include <algorithm>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

#include "engine/erasure/erasures.h"
#include "engine/workbench/rebuild.h"
#include "engine/workbench/state_swap.h"
#include "tests/unit/workbench/replay_fixture.h"

namespace hookswitch::test {

constexpr const char* kProjectRules = HOOKSWITCH_SOURCE_DIR "/rules";
constexpr int64_t kMinute = 60'000;

template <class T>
T expect(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

/// A data directory with a copy of an engine's state, beside that engine's log.
class StoppedEngine {
 public:
  enum class As { settled, it_is };

  explicit StoppedEngine(Past& past, As as = As::settled) : past_(past) {
    if (as == As::settled) past.settle();
    std::filesystem::create_directory(state_dir(dir_.path()));
    auto copied = past.store().copy_to(state_dir(dir_.path()));
    if (!copied) throw std::runtime_error(copied.error().message);
  }

  Result<RebuildSummary> rebuild(const std::string& rules_dir = kProjectRules, const Rebuild::GoOn& go_on = {},
                                 bool partial = false, const Log* log = nullptr) {
    auto rules = expect(RuleSet::load(rules_dir, {}));
    Rebuild::Parts parts{.log = log != nullptr ? *log : past_.log(),
                         .decoder = past_.decoder(),
                         .directory = past_.directory(),
                         .rules = *rules,
                         .clock = past_.clock(),
                         .data_dir = dir_.path(),
                         .made_by = "test",
                         .keys = keys_,
                         .partial = partial,
                         .without_state = without_state,
                         .blobs = blobs,
                         .set_aside = set_aside()};
    return Rebuild(std::move(parts)).run(go_on);
  }

  std::unique_ptr<Store> state() {
    return expect(Store::open({.dir = state_dir(dir_.path()), .keys = keys_}, past_.clock()));
  }
  const std::string& dir() const { return dir_.path(); }
  std::string set_aside() const { return dir() + "/replaced/1/state"; }
  bool without_state = false;    // the next rebuild may do without it
  const Blobs* blobs = nullptr;  // that it looks at
  void seal() { keys_ = expect(Keys::make(std::string(kKeyBytes, 'k'))); }

 private:
  Past& past_;
  std::shared_ptr<const Keys> keys_;
  TempDir dir_;
};

/// To its end, in the log too.
inline void erase(Past& past, const Json& whom, decltype(ErasureParts::forget_refusals) forget_refusals = {}) {
  past.command("erasure.start", whom);
  past.settle();
  Result<std::unique_ptr<Blobs>> blobs = Blobs::open(past.dir().path() + "/blobs");
  const auto open = [&] { return unfinished_erasures(*expect(past.store().read())); };
  const auto in_log = [&] {
    past.clock().advance_ms(1'000);
    past.log().wake();
    return open().size() == 1 && open()[0].status == ErasureStatus::log;
  };
  Erasures erasures({.log = past.log(),
                     .store = past.store(),
                     .blobs = **blobs,
                     .decoder = past.decoder(),
                     .directory = past.directory(),
                     .clock = past.clock(),
                     .position = [&] { return past.processor().status().position; },
                     .forget_refusals = std::move(forget_refusals)});
  // What is found in the log goes through the state once more.
  for (int times = 0; times < 2 && !open().empty(); ++times) {
    REQUIRE(eventually(in_log));
    REQUIRE(erasures.carry_out(open().at(0)));
    past.settle();
  }
  REQUIRE(open().empty());
}

inline void erase_phone(Past& past, const std::string& phone) { erase(past, {{"phone", phone}}); }

inline void append_end(Log& log, int i) {
  NewRecord record;
  record.time_ms = kEndedMs + i * kMinute;
  record.source = "twilio";
  record.headers = {{":kind", "status"}, {"content-type", "application/x-www-form-urlencoded"}};
  record.body = twilio_end(fmt::format("CB{}", i));
  REQUIRE(log.append_and_wait(std::move(record)));
}

/// Of this many ends of calls.
inline std::unique_ptr<Log> log_of(int ends, const TempDir& dir, ManualClock& clock) {
  auto log =
      expect(Log::open({.dir = dir.path() + "/log", .blob_dir = dir.path() + "/blobs", .extend_bytes = 0}, clock));
  for (int i = 0; i < ends; ++i) append_end(*log, i);
  return log;
}

/// Of three ends of calls the last one: it begins with record 3.
inline std::unique_ptr<Log> trimmed_log(const TempDir& dir, ManualClock& clock) {
  LogOptions options{.dir = dir.path() + "/log", .blob_dir = dir.path() + "/blobs", .keep_ms = 1, .extend_bytes = 0};
  auto log = expect(Log::open(options, clock));
  for (int i = 0; i < 3; ++i) append_end(*log, i);
  clock.set_ms(kEndedMs + 2 * kMinute);
  log->keep_from(4);
  while (expect(log->trim_step())) {
  }
  log->stop();
  REQUIRE(log->stats().first_seq == 3);
  return log;
}

inline bool warns_of(const RebuildSummary& summary, const std::string& what) {
  return std::ranges::any_of(summary.warnings, [&](const std::string& line) { return line.contains(what); });
}

}  // namespace hookswitch::test
