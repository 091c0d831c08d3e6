// What cannot be handled becomes a dead letter and stops nothing behind it; a redrive repairs all of it.
#include <catch2/catch.hpp>

#include "engine/state/dead.h"
#include "tests/support/in_process.h"

namespace hookswitch::test {
namespace {

constexpr const char* kStatus =
    "AccountSid=AC00000000000000000000000000000000&CallSid=CA11111111111111111111111111111111&CallStatus=completed"
    "&SequenceNumber=3&From=%2B14155550100&To=%2B14155550199&Timestamp=Wed%2C+17+Dec+2025+20%3A15%3A03+%2B0000";

std::vector<Json> dead_letters(InProcess& engine) {
  engine.settle();
  auto reader = engine.store().read();
  return dead_page(**reader, {}, "", 50)->rows;
}

}  // namespace

TEST_CASE("a body that is no JSON becomes a dead letter, and the next delivery is processed") {
  InProcess engine;
  uint64_t bad = engine.deliver("elevenlabs", "", "{\"type\": \"post_call");
  engine.deliver("twilio", "status", kStatus);
  auto dead = dead_letters(engine);
  REQUIRE(dead.size() == 1);
  REQUIRE(dead[0]["id"] == std::to_string(bad) + ".0");
  REQUIRE(engine.call("CA11111111111111111111111111111111")["status"] == "completed");
}

TEST_CASE("a rule's error names rule, file and line, and nothing of the event is applied") {
  TempDir rules;
  rules.write("bad.lua",
              "return { name = 'bad', on = 'call.ended', handle = function(event, ctx)\n"
              "  ctx.call:update { disposition = 'resolved' }\n  local x = nil + 1\nend }\n");
  InProcess engine(rules.path());
  engine.deliver("twilio", "status", kStatus);
  auto dead = dead_letters(engine);
  REQUIRE(dead.size() == 1);
  std::string reason = dead[0]["reason"];
  REQUIRE(reason.find("bad.lua:3") != std::string::npos);
  REQUIRE(engine.call("CA11111111111111111111111111111111").is_null());

  SECTION("after the rule is mended a redrive applies all of it, once") {
    rules.write("bad.lua",
                "return { name = 'bad', on = 'call.ended', handle = function(event, ctx)\n"
                "  ctx.call:update { disposition = 'resolved' }\n  ctx.kpi:add('ended')\nend }\n");
    engine.use_rules(rules.path());
    engine.command("dead.redrive", {{"all", true}});
    engine.command("dead.redrive", {{"all", true}});
    REQUIRE(dead_letters(engine).empty());
    REQUIRE(engine.call("CA11111111111111111111111111111111")["disposition"] == "resolved");
    REQUIRE(engine.state()["kpis"].size() == 1);
  }
  SECTION("dropped, it is gone and its call never was") {
    engine.command("dead.drop", {{"ids", {dead[0]["id"]}}});
    REQUIRE(dead_letters(engine).empty());
    REQUIRE(engine.call("CA11111111111111111111111111111111").is_null());
  }
}

TEST_CASE("an endless rule ends at its budget and the events behind it go on") {
  TempDir rules;
  rules.write("loop.lua",
              "return { name = 'loop', on = 'message.received', handle = function() while true do end end }\n");
  InProcess engine(rules.path());
  engine.deliver("twilio", "sms", fixture("twilio/sms.inbound.form"));
  engine.deliver("twilio", "status", kStatus);
  auto dead = dead_letters(engine);
  REQUIRE(dead.size() == 1);
  REQUIRE(dead[0]["reason"].get<std::string>().find("steps") != std::string::npos);
  REQUIRE(engine.call("CA11111111111111111111111111111111")["status"] == "completed");
}

TEST_CASE("an event whose action nobody can carry out is applied as a whole or not at all") {
  const std::string before =
      "return { name = 'ask', on = 'message.received', handle = function(event, ctx)\n"
      "  ctx.kpi:add('asked')\n  ctx.state:put('n', (ctx.state:get('n') or 0) + 1)\n  ctx.action:";
  TempDir rules;
  rules.write("ask.lua", before + "request { source = 'twilio', type = 'nosuch' }\nend }\n");
  InProcess engine(rules.path());
  engine.deliver("twilio", "sms", fixture("twilio/sms.inbound.form"));
  REQUIRE(dead_letters(engine).size() == 1);
  CHECK_THAT(dead_letters(engine)[0]["reason"].get<std::string>(), Catch::Contains("rule ask"));
  engine.command("dead.redrive", {{"all", true}});
  REQUIRE(dead_letters(engine).size() == 1);
  CHECK(engine.state()["kpis"].empty());
  CHECK(engine.store().read().value()->count(Table::memory) == 0);

  rules.write("ask.lua", before + "sms { source = 'twilio', to = '+13105551234', body = 'x' }\nend }\n");
  engine.use_rules(rules.path());
  engine.command("dead.redrive", {{"all", true}});
  CHECK(dead_letters(engine).empty());
  CHECK(engine.state()["kpis"].size() == 1);
  CHECK(engine.store().read().value()->count(Table::actions) > 0);
}

TEST_CASE("an unknown command becomes a dead letter and is answered as wrong") {
  InProcess engine;
  uint64_t seq = engine.command("no.such", Json::object());
  REQUIRE(dead_letters(engine).size() == 1);
  std::optional<Answer> answer;
  engine.answers().wait(seq, engine.clock().steady_us() + 1'000'000,
                        [&](std::optional<Answer> got) { answer = std::move(got); });
  REQUIRE(answer);
  REQUIRE(answer->status == 400);
}

}  // namespace hookswitch::test
