// The stage: records and timers in virtual time, many in one transaction, whatever the room.
#include <catch2/catch.hpp>

#include "engine/state/calls.h"
#include "engine/state/dead.h"
#include "engine/state/memory.h"
#include "engine/state/position.h"
#include "engine/state/timers.h"
#include "tests/unit/workbench/stage_fixture.h"

using namespace hookswitch;
using hookswitch::test::StageFixture;

namespace {

constexpr int64_t kStart = 1'766'100'000'000;

std::string conversation(size_t n) {
  const int64_t ended_secs = kStart / 1000 + static_cast<int64_t>(n);
  return Json{{"type", "post_call_transcription"},
              {"event_timestamp", ended_secs},
              {"data",
               {{"agent_id", "xyz"},
                {"conversation_id", "conv_" + std::to_string(n)},
                {"status", "done"},
                {"metadata", {{"start_time_unix_secs", ended_secs - 19}, {"call_duration_secs", 19}}}}}}
      .dump();
}

// Remembers how often each of its timers fired; "tick" sets itself again.
constexpr const char* kTimers = R"(
return {
  name = "timers", on = { "conversation.ended", "timer.*" },
  handle = function(event, ctx)
    local fired = ctx.state:get("fired") or {}
    if event.type == "conversation.ended" then
      ctx.timer:set { key = "b", after = "2h", name = "second" }
      ctx.timer:set { key = "a", after = "1h", name = "tick" }
      return
    end
    fired[#fired + 1] = event.type .. " " .. ctx.now
    ctx.state:put("fired", fired)
    if event.type == "timer.tick" then ctx.timer:set { key = "a", after = "45m", name = "tick" } end
  end,
}
)";

std::string fired(StageFixture& fixture) {
  REQUIRE(fixture.stage->commit());
  auto reader = fixture.read();
  return std::string(get_memory(*reader, "timers", "fired").value_or("[]"));
}

std::string tick(const char* name, int64_t minutes) {
  return "\"timer." + std::string(name) + " " + std::to_string(kStart + minutes * 60'000) + "\"";
}

}  // namespace

TEST_CASE("timers fire in due order before the record whose time has reached them, those set by timers included") {
  StageFixture fixture(kTimers);
  REQUIRE(fixture.deliver(1, kStart, conversation(0)));
  CHECK(fired(fixture) == "[]");
  REQUIRE(fixture.stage->advance(kStart + 59 * 60'000, *fixture.rules));
  CHECK(fired(fixture) == "[]");
  REQUIRE(fixture.stage->advance(kStart + 120 * 60'000, *fixture.rules));
  CHECK(fired(fixture) == "[" + tick("tick", 60) + "," + tick("tick", 105) + "," + tick("second", 120) + "]");
  CHECK(fixture.stage->position() == 1);
}

TEST_CASE("with timers from the log nothing fires by itself, and a timer's record fires it") {
  StageFixture fixture(kTimers, 1ULL << 30, Stage::Timers::from_log);
  REQUIRE(fixture.deliver(1, kStart, conversation(0)));
  REQUIRE(fixture.stage->advance(kStart + 600 * 60'000, *fixture.rules));
  REQUIRE(fixture.deliver(2, kStart + 600 * 60'000, conversation(1)));
  CHECK(fired(fixture) == "[]");
  NewRecord due = timer_record({"a", kStart + 3'600'000, "tick", "{}"});
  std::string headers = encode_headers(due.headers);
  RecordView record{.seq = 3, .kind = RecordKind::timer, .time_ms = kStart + 600 * 60'000, .header_block = headers};
  REQUIRE(fixture.stage->handle(record, *fixture.rules));
  CHECK(fired(fixture) == "[]");  // conversation 1 has set it anew
}

TEST_CASE("timers that set each other at one moment end as an error, and what was committed stays") {
  StageFixture fixture(R"(return { name = "endless", on = { "conversation.ended", "timer.*" },
    handle = function(event, ctx)
      local n = (event.data.n or 0) + 1
      ctx.timer:set { key = "k" .. n, at = 1766100000000, name = "again", data = { n = n } }
    end })");
  REQUIRE(fixture.deliver(1, kStart - 1, conversation(0)));
  REQUIRE(fixture.stage->commit());
  auto fired = fixture.stage->advance(kStart, *fixture.rules);
  REQUIRE_FALSE(fired);
  CHECK(fired.error().message.find("do they set each other without end?") != std::string::npos);
  auto reader = fixture.read();
  CHECK(read_position(*reader) == 1);
  CHECK(count_timers(*reader) == 1);
}

TEST_CASE("a store that runs out of room grows, and every record is there once and heard of once") {
  constexpr size_t kRecords = 3'000;
  StageFixture small(kTimers, 1ULL << 20);
  StageFixture large(kTimers);
  for (size_t n = 0; n < kRecords; ++n) {
    REQUIRE(small.deliver(n + 1, kStart + static_cast<int64_t>(n), conversation(n)));
    REQUIRE(large.deliver(n + 1, kStart + static_cast<int64_t>(n), conversation(n)));
  }
  REQUIRE(small.stage->commit());
  REQUIRE(large.stage->commit());
  CHECK(small.store().stats().grown > 0);
  CHECK(large.store().stats().grown == 0);
  CHECK(small.heard.size() == kRecords);
  CHECK(small.heard == large.heard);
  CHECK(small.read()->count(Table::calls) == kRecords);
  CHECK(read_position(*small.read()) == kRecords);
}

TEST_CASE("what was not committed is not there, and a position is where the next stage goes on") {
  StageFixture fixture(kTimers);
  REQUIRE(fixture.deliver(7, kStart, conversation(0)));
  CHECK(read_position(*fixture.read()) == 0);
  REQUIRE(fixture.stage->commit());
  CHECK(read_position(*fixture.read()) == 7);
}

TEST_CASE("a record that cannot be read is a dead letter, and an event of a dead timer has the sequence of its timer") {
  StageFixture fixture(R"(return { name = "fails", on = { "conversation.ended", "timer.*" },
    handle = function(event, ctx)
      if event.type == "timer.late" then ctx.fail("too late") end
      ctx.timer:set { key = "k", after = "1m", name = "late" }
    end })");
  REQUIRE(fixture.deliver(1, kStart, conversation(0)));
  REQUIRE(fixture.deliver(2, kStart, "no JSON"));
  REQUIRE(fixture.stage->pass_over(3, Error{Code::corrupt, "record 3: broken"}));
  REQUIRE(fixture.stage->advance(kStart + 60'000, *fixture.rules));
  REQUIRE(fixture.stage->commit());
  auto reader = fixture.read();
  CHECK(count_dead(*reader) == 3);
  CHECK(find_dead(*reader, {3, 0})->reason == "record 3: broken");
  CHECK(find_dead(*reader, {Stage::timer_seq({"k", kStart + 60'000, "", "", 1}), 0})->culprit == "fails");
}
