// A past of some calls, and other rules tried on it.
#pragma once

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/workbench/replay.h"
#include "tests/support/in_process.h"

namespace hookswitch::test {

/// A call's end as Twilio reports it, at `time_ms`; `to` decides the tenant (B2/L1: +14155550199).
inline std::string twilio_end(const std::string& sid, const std::string& status = "completed",
                              const std::string& to = "%2B14155550199") {
  return fmt::format(
      "AccountSid=AC00000000000000000000000000000000&CallSid={}&CallStatus={}&SequenceNumber=3&To={}&From=%"
      "2B14155551234"
      "&Timestamp=Wed%2C+17+Dec+2025+20%3A15%3A00+%2B0000",
      sid, status, to);
}
constexpr int64_t kEndedMs = 1'766'002'500'000;

/// A conversation of ElevenLabs with this outcome; of tenant B1/L1.
inline std::string conversation(const std::string& id, const std::string& outcome) {
  return fmt::format(
      R"({{"type":"post_call_transcription","event_timestamp":1766002500,"data":{{"agent_id":"xyz","conversation_id":"{}",)"
      R"("status":"done","metadata":{{"start_time_unix_secs":1766002400,"call_duration_secs":100,)"
      R"("phone_call":{{"type":"twilio","direction":"inbound","agent_number":"+40210000000","external_number":"+40721000000"}}}},)"
      R"("analysis":{{"call_successful":"success","data_collection_results":{{"outcome":{{"value":"{}"}}}}}},)"
      R"("transcript":[{{"role":"user","message":"Hello","time_in_call_secs":1}}]}}}})",
      id, outcome);
}

/// The lines of each call that differs, by call id.
using Told = std::map<std::string, std::vector<std::string>>;

struct Tried {
  ReplaySummary summary;
  Told told;
  std::vector<std::string> order;  // of the calls
  std::vector<Difference> all;
  const std::vector<std::string>& of(const std::string& call) { return told[call]; }
};

class Past : public InProcess {
 public:
  using InProcess::InProcess;

  /// Ended calls CA0 to CA9 in turn, `count` deliveries; waits for the last commit only.
  void deliver_ends(int count) {
    for (int i = 0; i < count; ++i) {
      NewRecord record;
      record.time_ms = clock().now_ms();
      record.source = "twilio";
      record.headers = {{":path", "/hooks/twilio/status"},
                        {"content-type", "application/x-www-form-urlencoded"},
                        {":kind", "status"}};
      record.body = twilio_end(fmt::format("CA{}", i % 10));
      while (!log().append(record, [](const Result<uint64_t>&) {})) std::this_thread::yield();
    }
    REQUIRE(eventually([&] { return log().last_seq() == static_cast<uint64_t>(count); }));
  }

  std::shared_ptr<const Keys> keys;  // what a replay makes on disk is sealed with

  std::string id_of(const std::string& any_id) { return call(any_id).value("id", ""); }

  Result<Tried> try_rules(RuleSet& before, RuleSet& after, const ReplayRange& range = {},
                          const Replay::GoOn& go_on = {}) {
    settle();
    Replay::Parts parts{log(), decoder(), directory(), before, after, clock(), dir().path(), 0, keys};
    auto replay = Replay::make(parts, range);
    if (!replay) return std::unexpected(replay.error());
    if (auto ran = (*replay)->run(go_on); !ran) return std::unexpected(ran.error());
    Tried out{(*replay)->summary(), {}, {}, {}};
    auto read = (*replay)->each_call([&](const CallPlace& place, const std::vector<Difference>& differences) {
      out.order.push_back(place.id);
      for (const Difference& difference : differences) out.told[place.id].push_back(difference.line());
      out.all.insert(out.all.end(), differences.begin(), differences.end());
      return true;
    });
    if (!read) return std::unexpected(read.error());
    return out;
  }

  Tried try_rules(const std::string& before, const std::string& after, const ReplayRange& range = {},
                  const Replay::GoOn& go_on = {}) {
    auto in_force = RuleSet::load(before, {});
    auto other = RuleSet::load(after, {});
    REQUIRE(in_force);
    REQUIRE(other);
    auto tried = try_rules(**in_force, **other, range, go_on);
    if (!tried) FAIL(tried.error().message);
    return *tried;
  }
};

/// A log in which one record does not pass its checksum any more.
class DamagedLog final : public Log {
 public:
  DamagedLog(Log& log, uint64_t damaged) : log_(log), damaged_(damaged) {}

  Result<size_t> read(uint64_t from_seq, size_t count, const Visit& visit,
                      const std::function<void(uint64_t, const Error&)>& corrupt) const override {
    return log_.read(from_seq, count, [&](const RecordView& record) {
      if (record.seq != damaged_) return visit(record);
      if (corrupt) corrupt(record.seq, {Code::corrupt, "it is damaged"});
      return true;
    });
  }
  Status append(NewRecord& record, Done done) override { return log_.append(record, std::move(done)); }
  Result<size_t> read_backwards(uint64_t from_seq, size_t count, const Visit& visit) const override {
    return log_.read_backwards(from_seq, count, visit);
  }
  Result<uint64_t> seq_at(int64_t time_ms) const override { return log_.seq_at(time_ms); }
  uint64_t last_seq() const override { return log_.last_seq(); }
  uint64_t wait_beyond(uint64_t seq, int64_t wait_ms) const override { return log_.wait_beyond(seq, wait_ms); }
  void wake() const override { log_.wake(); }
  void keep_from(uint64_t seq) override { log_.keep_from(seq); }
  Result<bool> trim_step() override { return log_.trim_step(); }
  Result<Redacted> redact_step(uint64_t from_seq, uint64_t end_seq, const Judge& judge) override {
    return log_.redact_step(from_seq, end_seq, judge);
  }
  LogStats stats() const override { return log_.stats(); }
  void stop() override { log_.stop(); }

 private:
  Log& log_;
  const uint64_t damaged_;
};

using Lines = std::vector<std::string>;

}  // namespace hookswitch::test
