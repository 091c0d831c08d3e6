// Timers fire when they are due, once, also over a restart.
#include <catch2/catch.hpp>

#include "engine/processor/timer_chain.h"
#include "engine/state/timers.h"
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

namespace {

// Five steps at one moment, the last under another name.
constexpr const char* kSteps = R"(
return {
  { name = "begin", on = "call.ended", handle = function(event, ctx)
      ctx.timer:set { key = "batch", name = "step", after = 0, data = { n = 1 } }
    end },
  { name = "step", on = { "timer.step", "timer.last" }, handle = function(event, ctx)
      ctx.activity:add { kind = "fired", title = event.type }
      local n = event.data.n + 1
      if n > 5 then return end
      ctx.timer:set { key = "batch", name = n == 5 and "last" or "step", after = 0, data = { n = n } }
    end },
}
)";

size_t fired(InProcess& engine, const std::string& type) {
  const Json activity = engine.state()["activity"];
  return static_cast<size_t>(std::ranges::count_if(activity, [&](const Json& entry) { return entry["title"] == type; }));
}

NewRecord again(const Timer& timer) {
  NewRecord record = timer_record(timer);
  record.time_ms = kEndedMs + 1;
  return record;
}

}  // namespace

TEST_CASE("a timer that its own event sets again for the same time fires again, under another name too") {
  TempDir rules;
  rules.write("steps.lua", kSteps);
  InProcess engine(rules.path());
  engine.clock().set_ms(kEndedMs);
  engine.deliver("twilio", "status", kEnded);
  REQUIRE(eventually([&] { return fired(engine, "timer.last") == 1; }));
  CHECK(fired(engine, "timer.step") == 4);
  CHECK(count_timers(*engine.store().read().value()) == 0);
}

TEST_CASE("timers that set each other without end are noticed, many that were set by others are not") {
  TimerChain chain;
  for (uint64_t seq = 1; seq <= 10 * TimerChain::kLong; ++seq) chain.fired(seq, 0, kEndedMs);
  for (uint64_t seq = 1; seq <= TimerChain::kLong; ++seq) chain.fired(20'000 + seq, seq, kEndedMs);
  CHECK(chain.endless(kEndedMs) == 0);
  uint64_t last = 40'000;
  for (uint64_t i = 0; i < 2 * TimerChain::kLong; ++i, ++last) chain.fired(last + 1, last, kEndedMs + static_cast<int64_t>(i) * 100);
  CHECK(chain.endless(kEndedMs + 200'000) == 0);  // not as many in a minute
  for (uint64_t i = 0; i < TimerChain::kLong; ++i, ++last) {
    for (int twice = 0; twice < 2; ++twice) chain.fired(last + 1, last, kEndedMs + 300'000);
  }
  CHECK(chain.endless(kEndedMs + 301'000) == last);
  CHECK(chain.endless(kEndedMs + 500'000) == 0);
}

TEST_CASE("a timer's record that comes twice is applied once, and takes away nothing that its event has set") {
  TempDir rules;
  rules.write("steps.lua", kSteps);
  InProcess engine(rules.path());
  engine.clock().set_ms(kEndedMs - 1);  // it does not fire by itself
  uint64_t ended = engine.deliver("twilio", "status", kEnded);
  engine.settle();
  Timer first = find_timer(*engine.store().read().value(), "batch").value();
  CHECK(first.set_by == ended);
  REQUIRE(engine.log().append_and_wait(again(first)));
  uint64_t twice = engine.log().append_and_wait(again(first)).value();
  engine.settle();
  CHECK(fired(engine, "timer.step") == 1);
  auto second = find_timer(*engine.store().read().value(), "batch");
  REQUIRE(second);
  CHECK(second->due_ms == first.due_ms);
  CHECK(second->set_by == twice - 1);
  REQUIRE(engine.log().append_and_wait(again(*second)));
  CHECK(fired(engine, "timer.step") == 2);
}

TEST_CASE("a timer's record and row of before, which do not say who set it, fire once") {
  TempDir rules;
  rules.write("steps.lua", kSteps);
  InProcess engine(rules.path());
  const Timer old{"batch", kEndedMs, "last", R"({"n":5})"};
  CHECK(timer_record(old).headers.size() == 3);
  REQUIRE(engine.store().write([&](Writer& writer) -> Status {
    set_timer(writer, old);
    return {};
  }));
  engine.clock().set_ms(kEndedMs - 1);
  for (int i = 0; i < 2; ++i) REQUIRE(engine.log().append_and_wait(again(old)));
  CHECK(fired(engine, "timer.last") == 1);
  CHECK(count_timers(*engine.store().read().value()) == 0);
}

}  // namespace hookswitch::test
