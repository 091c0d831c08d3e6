// Timers fire when they are due, once, also over a restart.
#include <catch2/catch.hpp>

#include "tests/support/in_process.h"

namespace hookswitch::test {
namespace {

constexpr const char* kRules = R"(
return {
  { name = "set", on = "call.ended", handle = function(event, ctx)
      ctx.timer:set { key = "remind:" .. ctx.call.id, after = "5m", name = "remind", data = { n = 1 } }
    end },
  { name = "fire", on = "timer.remind", handle = function(event, ctx)
      ctx.kpi:add("reminded", event.data.n)
      ctx.call:update { metadata = { reminded_at = event.time } }
    end },
}
)";

constexpr const char* kEnded =
    "AccountSid=AC00000000000000000000000000000000&CallSid=CA11111111111111111111111111111111&CallStatus=completed"
    "&SequenceNumber=3&Timestamp=Wed%2C+17+Dec+2025+20%3A15%3A00+%2B0000";
constexpr int64_t kEndedMs = 1'766'002'500'000;
constexpr int64_t kFiveMinutes = 300'000;

Json reminded_at(InProcess& engine) {
  engine.settle();
  return engine.call("CA11111111111111111111111111111111")["metadata"].value("reminded_at", Json());
}

}  // namespace

TEST_CASE("a timer fires at its time with the call it was set for") {
  TempDir rules;
  rules.write("timers.lua", kRules);
  InProcess engine(rules.path());
  engine.clock().set_ms(kEndedMs);
  engine.deliver("twilio", "status", kEnded);
  engine.settle();
  REQUIRE(reminded_at(engine).is_null());

  engine.clock().set_ms(kEndedMs + kFiveMinutes - 1);
  engine.log().wake();
  REQUIRE(reminded_at(engine).is_null());

  engine.clock().set_ms(kEndedMs + kFiveMinutes);
  engine.log().wake();
  REQUIRE(eventually([&] { return reminded_at(engine) == kEndedMs + kFiveMinutes; }));
  REQUIRE(engine.state()["kpis"].size() == 1);
}

TEST_CASE("a timer that came due while nothing ran fires at the next start, once") {
  TempDir rules;
  rules.write("timers.lua", kRules);
  InProcess engine(rules.path());
  engine.clock().set_ms(kEndedMs);
  engine.deliver("twilio", "status", kEnded);
  engine.settle();
  engine.clock().set_ms(kEndedMs + 10 * kFiveMinutes);
  for (int i = 0; i < 3; ++i) engine.restart();
  REQUIRE(eventually([&] { return !reminded_at(engine).is_null(); }));
  uint64_t records = engine.log().last_seq();
  engine.restart();
  engine.settle();
  REQUIRE(engine.log().last_seq() == records);
}

}  // namespace hookswitch::test
