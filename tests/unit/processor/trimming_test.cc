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

/// A processor over a log of its own that keeps little.
class Trimmed {
  TempDir dir_;
  Metrics unread_;
  ProcessMetrics metrics_{unread_};

 public:
  explicit Trimmed(LogOptions options) {
    options.dir = dir_.path() + "/log";
    options.blob_dir = dir_.path() + "/log_blobs";
    log = Log::open(std::move(options), engine.clock()).value();
    store = Store::open({.dir = dir_.path() + "/state"}, engine.clock()).value();
    Processor::Parts parts{.log = *log,
                           .store = *store,
                           .decoder = engine.decoder(),
                           .directory = engine.directory(),
                           .answers = engine.answers(),
                           .metrics = metrics_,
                           .clock = engine.clock()};
    processor = std::make_unique<Processor>(std::move(parts), *RuleSet::load(HOOKSWITCH_SOURCE_DIR "/rules", {}));
    processor->begin();
  }

  uint64_t take(NewRecord record) {
    record.time_ms = engine.clock().now_ms();
    const uint64_t seq = log->append_and_wait(std::move(record)).value();
    while (processor->step()) {
    }
    return seq;
  }
  uint64_t deliver(const std::string& source, const std::string& body) {
    NewRecord record;
    record.source = source;
    record.headers = {{":kind", "status"}};
    record.body = body;
    return take(std::move(record));
  }
  void deliver_fine() { deliver("twilio", kStatus); }
  uint64_t deliver_bad() { return deliver("elevenlabs", "{\"type\""); }
  Json answer_to(const std::string& command, const Json& body) {
    NewRecord record;
    record.kind = RecordKind::command;
    record.headers = {{":name", command}, {":by", "tok_1"}};
    record.body = body.dump();
    const uint64_t seq = take(std::move(record));
    std::optional<Answer> answer;
    engine.answers().wait(seq, engine.clock().steady_us() + 1'000'000,
                          [&](std::optional<Answer> got) { answer = std::move(got); });
    REQUIRE(answer);
    return Json::parse(answer->body);
  }
  /// What came so far is too old, and something new follows.
  void grow_old() {
    engine.clock().advance_ms(10'000);
    for (int i = 0; i < 3; ++i) deliver_fine();
    while (log->trim_step().value()) {
    }
  }

  InProcess engine;
  std::unique_ptr<Log> log;
  std::unique_ptr<Store> store;
  std::unique_ptr<Processor> processor;
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

TEST_CASE("the record of a dead letter outlives the log's age, until a person decides") {
  Trimmed rig({.keep_ms = 1'000});
  for (int i = 0; i < 2; ++i) rig.deliver_fine();
  const uint64_t dead = rig.deliver_bad();
  for (int i = 0; i < 2; ++i) rig.grow_old();
  CHECK(rig.log->stats().first_seq == dead);
  Json again = rig.answer_to("dead.redrive", {{"ids", {std::to_string(dead)}}});
  CHECK(again["failed"] == 1);
  CHECK_THAT(again["reasons"][0]["reason"].get<std::string>(), !Catch::Contains("trimmed"));

  CHECK(rig.answer_to("dead.drop", {{"all", true}})["left"] == 0);
  rig.grow_old();
  CHECK(rig.log->stats().first_seq > dead);
}

TEST_CASE("what is trimmed for its size goes with the records of dead letters, and a redrive says so") {
  Trimmed rig({.keep_bytes = 1, .keep_ms = 1'000});
  rig.deliver_fine();
  const uint64_t lost = rig.deliver_bad();
  rig.grow_old();
  CHECK(rig.log->stats().first_seq > lost);
  Json again = rig.answer_to("dead.redrive", {{"ids", {std::to_string(lost)}}});
  CHECK(again["failed"] == 1);
  CHECK(again["reasons"][0]["id"] == std::to_string(lost) + ".0");
  CHECK_THAT(again["reasons"][0]["reason"].get<std::string>(), Catch::Contains("trimmed from the log"));
}

}  // namespace hookswitch::test
