// What cannot be handled becomes a dead letter and stops nothing behind it; a redrive repairs all of it.
#include <fmt/format.h>

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

TEST_CASE("a record whose source is configured waits for its plugin, a while") {
  InProcess engine;
  engine.configure("late");
  uint64_t seq = engine.deliver("late", "status", kStatus);
  REQUIRE(eventually([&] { return engine.processor().status().stopped.find("\"late\"") != std::string::npos; }));
  CHECK(engine.processor().status().position == seq - 1);

  SECTION("it is processed once the plugin is there") {
    engine.sources().put(*engine.providers().create_source(
        "late", "twilio", R"({"account_sid":"AC00000000000000000000000000000000","auth_token":"token"})"));
    CHECK(dead_letters(engine).empty());
    CHECK(engine.call("CA11111111111111111111111111111111")["status"] == "completed");
    CHECK(engine.processor().status().stopped.empty());
  }
  SECTION("it is a dead letter when none comes, and what is behind it goes on") {
    engine.deliver("twilio", "status", kStatus);
    engine.clock().advance_ms(30'000);
    auto dead = dead_letters(engine);
    REQUIRE(dead.size() == 1);
    CHECK(dead[0]["source"] == "late");
    CHECK(engine.call("CA11111111111111111111111111111111")["status"] == "completed");
  }
}

TEST_CASE("sources whose plugins do not come hold up nobody one after another") {
  InProcess engine;
  engine.configure("late");
  engine.configure("later");
  engine.deliver("late", "status", kStatus);
  engine.deliver("later", "status", kStatus);
  REQUIRE(eventually([&] { return !engine.processor().status().stopped.empty(); }));
  engine.clock().advance_ms(30'000);
  CHECK(dead_letters(engine).size() == 2);
}

TEST_CASE("what a provider answered waits for its plugin too, since nobody else can read it") {
  InProcess engine;
  engine.configure("late");
  NewRecord answer;
  answer.kind = RecordKind::result;
  answer.source = "late";
  answer.time_ms = engine.clock().now_ms();
  answer.headers = {{":name", "answer"}, {":action", "act_1"}, {":attempt", "1"}, {":status", "200"}};
  auto seq = engine.log().append_and_wait(std::move(answer));
  REQUIRE(seq);
  REQUIRE(eventually([&] { return engine.processor().status().stopped.find("\"late\"") != std::string::npos; }));
  CHECK(engine.processor().status().position == *seq - 1);
  engine.clock().advance_ms(30'000);
  engine.settle();
}

TEST_CASE("a record of a source that is not configured becomes a dead letter at once") {
  InProcess engine;
  engine.deliver("nobody", "status", kStatus);
  CHECK(dead_letters(engine).size() == 1);
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

TEST_CASE("each cause of dead letters counts from zero on") {
  Metrics metrics;
  ProcessMetrics counted(metrics);
  for (const char* cause : {"decode", "rule", "command", "result", "corrupt"}) {
    CHECK_THAT(metrics.text(),
               Catch::Contains(fmt::format("hookswitch_dead_letters_total{{cause=\"{}\"}} 0\n", cause)));
  }
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
