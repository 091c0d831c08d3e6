// How far the log may be trimmed: never beyond what a power cut would make the state ask for again.
#include <catch2/catch.hpp>

#include "tests/support/in_process.h"

namespace hookswitch::test {
namespace {

constexpr const char* kStatus =
    "AccountSid=AC00000000000000000000000000000000&CallSid=CA11111111111111111111111111111111&CallStatus=completed"
    "&SequenceNumber=3&Timestamp=Wed%2C+17+Dec+2025+20%3A15%3A00+%2B0000";

/// Passes everything on to another log, and remembers how far it may be trimmed.
class TrimmedLog final : public Log {
 public:
  explicit TrimmedLog(Log& log) : log_(log) {}
  std::vector<uint64_t> kept_from;

  void keep_from(uint64_t seq) override { kept_from.push_back(seq); }
  Status append(NewRecord& record, Done done) override { return log_.append(record, std::move(done)); }
  Result<size_t> read(uint64_t from_seq, size_t count, const Visit& visit,
                      const std::function<void(uint64_t, const Error&)>& corrupt) const override {
    return log_.read(from_seq, count, visit, corrupt);
  }
  Result<size_t> read_backwards(uint64_t from_seq, size_t count, const Visit& visit) const override {
    return log_.read_backwards(from_seq, count, visit);
  }
  Result<uint64_t> seq_at(int64_t time_ms) const override { return log_.seq_at(time_ms); }
  uint64_t last_seq() const override { return log_.last_seq(); }
  uint64_t wait_beyond(uint64_t seq, int64_t wait_ms) const override { return log_.wait_beyond(seq, wait_ms); }
  void wake() const override { log_.wake(); }
  Result<bool> trim_step() override { return log_.trim_step(); }
  Result<Redacted> redact_step(uint64_t from_seq, uint64_t end_seq, const Judge& judge) override {
    return log_.redact_step(from_seq, end_seq, judge);
  }
  LogStats stats() const override { return log_.stats(); }
  void stop() override { log_.stop(); }

 private:
  Log& log_;
};

}  // namespace

TEST_CASE("what the newest commit of the state processed may not be trimmed before another one follows") {
  InProcess engine;
  engine.settle();
  TrimmedLog log(engine.log());
  TempDir dir;
  auto store = Store::open({.dir = dir.path() + "/state"}, engine.clock());
  REQUIRE(store);
  Metrics unread;
  ProcessMetrics metrics(unread);
  Processor processor({.log = log,
                       .store = **store,
                       .decoder = engine.decoder(),
                       .directory = engine.directory(),
                       .answers = engine.answers(),
                       .metrics = metrics,
                       .clock = engine.clock()},
                      std::move(*RuleSet::load(HOOKSWITCH_SOURCE_DIR "/rules", {})));
  processor.begin();
  CHECK(log.kept_from == std::vector<uint64_t>{1});
  for (uint64_t n = 1; n <= 3; ++n) {
    engine.deliver("twilio", "status", kStatus);
    REQUIRE(processor.step());
    CHECK(processor.status().position == n);
    CHECK(log.kept_from.back() == n);
  }
}

}  // namespace hookswitch::test
