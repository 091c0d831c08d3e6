// Calls, transcripts and the feed's entries go when their time is over.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "engine/state/actions.h"
#include "engine/state/activity.h"
#include "engine/state/calls.h"
#include "engine/state/timers.h"
#include "engine/state/transcripts.h"
#include "tests/support/in_process.h"

namespace hookswitch::test {
namespace {

constexpr int64_t kDayMs = 86'400'000;

std::string conversation(int n, int64_t started_ms) {
  return fmt::format(
      R"({{"type":"post_call_transcription","event_timestamp":{0},"data":{{"agent_id":"xyz","conversation_id":"conv_{1}",)"
      R"("status":"done","transcript":[{{"role":"user","message":"hello","time_in_call_secs":1}}],)"
      R"("metadata":{{"start_time_unix_secs":{0},"call_duration_secs":42}},"analysis":{{"call_successful":"success",)"
      R"("transcript_summary":"said hello"}}}}}})",
      started_ms / 1000, n);
}

struct Kept {
  uint64_t calls = 0, transcripts = 0, activity = 0, kpis = 0;
  bool operator==(const Kept&) const = default;
};

Kept kept(InProcess& engine) {
  auto reader = engine.store().read().value();
  return {reader->count(Table::calls), reader->count(Table::transcripts), reader->count(Table::activity) / 3,
          reader->count(Table::kpis)};
}

// Days go by, one after another: each may have steps of its own.
void pass_days(InProcess& engine, int days) {
  for (int day = 0; day < days; ++day) {
    engine.clock().advance_ms(kDayMs + 1'000);
    engine.log().wake();
    for (int turn = 0; turn < 3; ++turn) engine.settle();
  }
}

}  // namespace

TEST_CASE("each kind is kept for its own time, and key figures for ever", "[retention]") {
  InProcess engine;
  engine.set_retention({.calls_ms = 20 * kDayMs, .transcripts_ms = 5 * kDayMs, .activity_ms = 10 * kDayMs});
  const int64_t start_ms = engine.clock().now_ms();
  for (int n = 0; n < 3; ++n) engine.deliver("elevenlabs", "", conversation(n, start_ms));
  engine.settle();
  const Kept all = kept(engine);
  REQUIRE(all.calls == 3);
  REQUIRE(all.transcripts == 3);
  REQUIRE(all.activity == 3);
  REQUIRE(all.kpis > 0);
  auto left = [&](Kept expected) {
    return eventually([&] {
      pass_days(engine, 0);
      return kept(engine) == expected;
    });
  };
  pass_days(engine, 4);
  CHECK(left(all));
  pass_days(engine, 3);
  CHECK(left({3, 0, 3, all.kpis}));
  pass_days(engine, 5);
  CHECK(left({3, 0, 0, all.kpis}));
  engine.deliver("elevenlabs", "", conversation(9, engine.clock().now_ms()));
  pass_days(engine, 2);
  CHECK(left({4, 1, 1, kept(engine).kpis}));
  pass_days(engine, 8);
  CHECK(left({1, 0, 1, kept(engine).kpis}));
}

TEST_CASE("what actions said is kept as long as calls, and what may still be sent for longer") {
  InProcess engine;
  engine.set_retention({.calls_ms = 5 * kDayMs, .transcripts_ms = 0, .activity_ms = 0});
  auto action = [&](const std::string& id, ActionStatus status) {
    Action out;
    out.id = id;
    out.type = "sms";
    out.source = "twilio";
    out.params = {{"to", "+40722123456"}, {"body", "said hello"}};
    out.status = status;
    out.made_ms = engine.clock().now_ms();
    out.next_ms = out.made_ms + 100 * kDayMs;
    out.result = {{"from", "+40210000000"}};
    out.reason = "of +40722123456";
    return out;
  };
  REQUIRE(engine.store().write([&](Writer& writer) {
    put_action(writer, action("axn_1", ActionStatus::failed));
    Action second = action("axn_2", ActionStatus::waiting);
    second.made_n = 1;
    put_action(writer, second);
    return writer.status();
  }));
  engine.deliver("elevenlabs", "", conversation(1, engine.clock().now_ms()));
  engine.settle();
  auto found = [&](const char* id) { return *find_action(*engine.store().read().value(), id); };
  auto listed = [&] { return action_page(*engine.store().read().value(), {}, "", 10)->rows.size(); };
  pass_days(engine, 3);
  CHECK(found("axn_1").params["body"] == "said hello");
  CHECK(listed() == 2);
  REQUIRE(eventually([&] {
    pass_days(engine, 1);
    return listed() == 1;
  }));
  const Json gone = found("axn_1").to_json();
  CHECK(gone["params"] == Json::object());
  CHECK(dump(gone).find("+40") == std::string::npos);
  CHECK(gone["status"] == "failed");
  CHECK(found("axn_2").params["body"] == "said hello");
  engine.command("action.retry", {{"id", "axn_1"}});
  engine.settle();
  CHECK(found("axn_1").status == ActionStatus::failed);
}

TEST_CASE("what is held for a person is kept, however much of it, and what is behind it goes", "[retention]") {
  InProcess engine;
  engine.set_retention({.calls_ms = 5 * kDayMs, .transcripts_ms = 0, .activity_ms = 0});
  const int held = 2 * static_cast<int>(limits::kForgottenRows) + 20;
  REQUIRE(engine.store().write([&](Writer& writer) {
    for (int n = 0; n <= held; ++n) {
      Action one;
      one.id = fmt::format("axn_{}", n);
      one.made_n = static_cast<uint16_t>(n);
      one.type = "sms";
      one.source = "twilio";
      one.params = {{"to", "+40722123456"}, {"body", "said hello"}};
      one.status = n == held ? ActionStatus::done : ActionStatus::held;
      one.made_ms = engine.clock().now_ms();
      put_action(writer, one);
    }
    return writer.status();
  }));
  engine.deliver("elevenlabs", "", conversation(1, engine.clock().now_ms()));
  engine.settle();
  auto is_kept = [&](int n) {
    return !find_action(*engine.store().read().value(), fmt::format("axn_{}", n))->params.empty();
  };
  REQUIRE(is_kept(held));
  pass_days(engine, 6);
  CHECK(eventually([&] {
    engine.clock().advance_ms(10);
    engine.log().wake();
    return !is_kept(held);
  }));
  for (int n = 0; n < held; ++n) REQUIRE(is_kept(n));
}

TEST_CASE("more than one step may forget go in several", "[retention]") {
  InProcess engine;
  engine.set_retention({.calls_ms = 5 * kDayMs, .transcripts_ms = 2 * kDayMs, .activity_ms = 0});
  const int count = static_cast<int>(limits::kForgottenRows) + 20;
  for (int n = 0; n < count; ++n) engine.deliver("elevenlabs", "", conversation(n, engine.clock().now_ms()));
  engine.settle();
  // The next step is due a moment after the last.
  auto comes_to = [&](const std::function<bool()>& condition) {
    return eventually([&] {
      engine.clock().advance_ms(10);
      engine.log().wake();
      return condition();
    });
  };
  pass_days(engine, 3);
  CHECK(comes_to([&] { return kept(engine).transcripts == 0; }));
  CHECK(kept(engine).calls == static_cast<uint64_t>(count));
  pass_days(engine, 4);
  CHECK(comes_to([&] { return kept(engine).calls == 0; }));
}

TEST_CASE("a call that cannot be read stays, and those behind it go", "[retention]") {
  InProcess engine;
  engine.set_retention({.calls_ms = 5 * kDayMs, .transcripts_ms = 0, .activity_ms = 0});
  for (int n = 0; n < 3; ++n) engine.deliver("elevenlabs", "", conversation(n, engine.clock().now_ms() + n * 1'000));
  engine.settle();
  REQUIRE(kept(engine).calls == 3);
  REQUIRE(engine.store().write([](Writer& writer) {
    std::string oldest;
    writer.scan(Table::call_index, call_index_prefix(CallTag::every) + std::string(9, '\xff'), Direction::backward,
                [&](std::string_view key, std::string_view) {
                  oldest = key.substr(call_index_prefix(CallTag::every).size() + 8);
                  return false;
                });
    writer.put(Table::calls, oldest, "no call");
    return writer.status();
  }));
  pass_days(engine, 7);
  CHECK(eventually([&] {
    pass_days(engine, 0);
    return kept(engine).calls == 1;
  }));
}

TEST_CASE("where only messages come there is something to forget too", "[retention]") {
  InProcess engine;
  engine.set_retention({.calls_ms = 2 * kDayMs});
  engine.deliver("twilio", "sms",
                 "AccountSid=AC00000000000000000000000000000000&MessageSid=SM11111111111111111111111111111111"
                 "&From=%2B40721234567&To=%2B40312295000&Body=hello");
  engine.settle();
  CHECK(engine.store().read().value()->count(Table::calls) == 0);
  CHECK(find_timer(*engine.store().read().value(), "hookswitch.retention"));
}

TEST_CASE("when nothing is to be forgotten there is no timer", "[retention]") {
  InProcess engine;
  engine.deliver("elevenlabs", "", conversation(1, engine.clock().now_ms()));
  engine.settle();
  CHECK(engine.store().read().value()->count(Table::timers) == 0);
}

}  // namespace hookswitch::test
