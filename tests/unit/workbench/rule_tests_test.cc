// The runner of rule tests: what passes, what fails and how it is told, and tests that do not end.
#include <catch2/catch.hpp>

#include <filesystem>

#include "engine/base/limits.h"
#include "engine/workbench/rule_tests.h"
#include "engine/workbench/test_report.h"
#include "tests/support/temp_dir.h"

using namespace hookswitch;
using hookswitch::test::TempDir;

namespace {

const Providers& providers() {
  static Providers loaded;
  static const bool once = (loaded.load_dir(HOOKSWITCH_BINARY_DIR "/plugins"), true);
  static_cast<void>(once);
  return loaded;
}

constexpr const char* kRule = R"(local STATUS = { escalated = "escalated" }

local function never() return "nobody calls this" end

return {
  name = "one", on = { "conversation.ended", "timer.late" },
  handle = function(event, ctx)
    if event.data.broken then ctx.fail("it is broken") end
    if event.type == "timer.late" then
      ctx.activity:add { kind = "late", title = "late" }
      return
    end
    ctx.call:update { disposition = STATUS[event.data.outcome] or "unknown" }
    ctx.kpi:add("calls", 2, { outcome = event.data.outcome })
    ctx.timer:set { key = "k", after = "2h", name = "late", data = { n = 1 } }
    ctx.state:put("seen", (ctx.state:get("seen") or 0) + 1)
  end,
}
)";

/// Runs one test file over kRule.
class Rules {
 public:
  explicit Rules(const std::string& tests, const std::string& rule = kRule) {
    dir_.write("one.lua", rule);
    add("one_test.lua", tests);
  }
  void add(const std::string& file, const std::string& text) { dir_.write("tests/" + file, text); }

  Result<RuleTestReport> try_run(RuleTestOptions options = {}) const {
    options.rules_dir = dir_.path();
    return run_rule_tests(providers(), options);
  }

  RuleTestReport run(const RuleTestOptions& options = {}) const {
    auto report = try_run(options);
    INFO((report ? std::string() : report.error().message));
    REQUIRE(report);
    return std::move(*report);
  }

 private:
  TempDir dir_;
};

/// The only test of these lines, as a body of a test.
RuleTestResult result_of(const std::string& lines) {
  auto report =
      Rules("local t = require \"hookswitch.test\"\nt.test(\"it\", function(engine)\n" + lines + "\nend)\n").run();
  REQUIRE(report.results.size() == 1);
  return report.results.front();
}

void passes(const std::string& lines) {
  INFO(lines);
  INFO(text_of({{result_of(lines)}, "", {}}));
  CHECK(result_of(lines).failure.empty());
}

using Lines = std::vector<std::string>;
constexpr const char* kEnded =
    "local e = engine:event { type = 'conversation.ended', call = 'c1', data = { outcome = "
    "'escalated' } }\n";

}  // namespace

TEST_CASE("a test sees the call, effects, KPIs, timers, memory and the feed that an event came to") {
  passes(std::string(kEnded) + R"(
    t.equal(e.call.disposition, "escalated")
    t.equal(e.call.id, engine:call("c1").id)
    t.contains(e.effects, { effect = "kpi_add", name = "calls", amount = 2 })
    t.equal(e.rules, { "one" })
    t.equal(engine:kpi("calls"), 2)
    t.equal(engine:kpi("calls", { outcome = "escalated" }), 2)
    t.equal(engine:kpi("calls", { outcome = "other" }), 0)
    t.matches(engine:timers()[1], { key = "k", name = "late", at = engine:now() + 7200000 })
    t.equal(engine:memory("one", "seen"), 1)
    t.equal(engine:activity(), {})
    local later = engine:advance "2h"
    t.equal(later.fired[1].type, "timer.late")
    t.equal(later.type, "timer.late")
    t.equal(engine:activity()[1].kind, "late")
    t.equal(engine:timers(), {}))");
}

TEST_CASE("what is given beforehand is there: memory, contacts, agents, tenants and the time") {
  passes(R"(
    engine:at "2026-03-29T09:30:00+03:00"
    engine:tenant { id = "B1/L1", timezone = "Europe/Bucharest", agents = { "agent_1" } }
    engine:set_memory("one", "seen", 41)
    engine:put_contact { id = "p1", name = "Ana" }
    engine:put_agent { id = "agent_9", tenant = "B2/L2" }
    local e = engine:event { type = "conversation.ended", call = "c1", data = { agent_id = "agent_1" } }
    t.equal(e.tenant, "B1/L1")
    t.equal(e.call.updated_at, require("hookswitch.time").parse "2026-03-29T09:30:00+03:00")
    t.equal(engine:memory("one", "seen"), 42)
    t.equal(engine:contacts()[1].name, "Ana")
    t.equal(engine:agents()[1].id, "agent_9")
    t.equal(engine:kpi("calls", { tenant = "B1/L1", at = "2026-03-29T09:30:00+03:00" }), 2))");
}

TEST_CASE("each test begins with nothing, whatever the one before left") {
  auto report = Rules(
                    "local t = require 'hookswitch.test'\n"
                    "for _, name in ipairs { 'a', 'b' } do t.test(name, function(engine)\n" +
                    std::string(kEnded) + "t.equal(engine:memory('one', 'seen'), 1) end) end")
                    .run();
  CHECK(report.passed() == 2);
  CHECK(report.failed() == 0);
}

TEST_CASE("a difference is told by its path, with what was expected and what came, in file and line") {
  auto result = result_of(std::string(kEnded) + "t.equal(e.call.disposition, 'resolved')");
  CHECK(result.failure == Lines{R"(e.call.disposition: expected "resolved", got "escalated")"});
  CHECK(result.file.ends_with("/tests/one_test.lua"));
  CHECK(result.line == 4);

  result = result_of(
      "t.equal({ a = { 1, 2, { b = 'x' } }, same = 1 }, { a = { 1, 3, { b = 'y' } }, same = 1, more = true })");
  CHECK(result.failure == Lines{"value.a[2]: expected 3, got 2", R"(value.a[3].b: expected "y", got "x")",
                                "value.more: expected true, got nil"});

  result = result_of("local got = { at = 1766000123000 }\nt.matches(got, { at = 1766000124000 })");
  CHECK(result.failure == Lines{"got.at: expected 1766000124000 (2025-12-17T19:35:24Z), got 1766000123000 "
                                "(2025-12-17T19:35:23Z)"});

  result = result_of("local list = { { a = 1, b = 2 }, { a = 5, b = 6 } }\nt.contains(list, { a = 1, b = 3 })");
  CHECK(result.failure == Lines{"list: expected an item {a = 1, b = 3}, none of the 2 items is; the nearest:",
                                "list[1].b: expected 3, got 2"});

  result = result_of("t.equal(\n  1 +\n    1,\n  3)");
  CHECK(result.failure == Lines{"1 + 1: expected 3, got 2"});
  result = result_of("t.equal(#'" + std::string(200, 'x') + "', 3)");
  CHECK(result.failure == Lines{"#'" + std::string(98, 'x') + "...: expected 3, got 200"});

  result = result_of("t.ok(1 == 2)");
  CHECK(result.failure == Lines{"1 == 2: expected something true, got false"});
  result = result_of("t.fails(function() error('this') end, 'that')");
  CHECK(result.failure.front().find("expected an error with \"that\", got \"") == 0);
}

TEST_CASE("a key figure that nothing counted says what there is instead, and only to the check that read it") {
  auto result = result_of(std::string(kEnded) + "t.equal(engine:kpi('cals'), 1)");
  CHECK(result.failure ==
        Lines{"engine:kpi('cals'): expected 1, got 0", "nothing was counted as \"cals\" (did you mean calls?)"});
  result = result_of(std::string(kEnded) + "t.equal(engine:kpi('calls', { outcom = 'escalated' }), 2)");
  CHECK(result.failure == Lines{"engine:kpi('calls', { outcom = 'escalated' }): expected 2, got 0",
                                R"(no row of "calls" fits; there is 2 of {outcome = "escalated"})"});
  result = result_of(std::string(kEnded) + "t.equal(engine:kpi('none'), 0)\nt.equal(1, 2)");
  CHECK(result.failure == Lines{"1: expected 2, got 1"});
}

TEST_CASE("matches asks only for the fields that are named, equal for all, and nothing equals nil") {
  passes("t.matches({ a = 1, b = { c = 2, d = 3 } }, { b = { c = 2 } })");
  passes("t.equal({ 1, { x = 2.0 } }, { 1.0, { x = 2 } })");
  passes("t.equal(nil, nil)\nt.equal({}, {})");
  passes("t.fails(function() error('this') end, 'this')");
  CHECK_FALSE(result_of("t.equal({ a = 1, b = 2 }, { a = 1 })").failure.empty());
  CHECK_FALSE(result_of("t.matches({ 1, 2 }, { 1 })").failure.empty());
  CHECK_FALSE(result_of("t.equal(nil, false)").failure.empty());
}

TEST_CASE("a pcall does not hide a check that failed") {
  auto result = result_of("pcall(function() t.equal(1, 2) end)");
  CHECK(result.failure == Lines{"1: expected 2, got 1"});
}

TEST_CASE("names that do not exist are told with the one that was meant") {
  auto said = [](const std::string& lines) { return result_of(lines).failure.at(0); };
  CHECK(said("engine:delivr('x')") == "engine has no 'delivr': did you mean 'deliver'?");
  CHECK(said("t.equals(1, 1)") == "hookswitch.test has no 'equals': did you mean 'equal'?");
  CHECK(said(std::string(kEnded) + "t.equal(e.efects, {})").find("did you mean 'effects'?") != std::string::npos);
  CHECK(said(std::string(kEnded) + "t.equal(engine:call('c1').dispositon, nil)").find("did you mean 'disposition'?") !=
        std::string::npos);
  CHECK(said("engine:tenant { id = 'x', time_zone = 'UTC' }").find("did you mean 'timezone'?") != std::string::npos);
  CHECK(said("engine:deliver('elevnlabs', {})").find("expected one of elevenlabs, example, twilio") !=
        std::string::npos);
  CHECK(said("engine:deliver('elevenlabs', '../one.lua')").find("expected a file below") != std::string::npos);
  CHECK(said("engine:deliver('elevenlabs', 'none.json')").find("found no such file") != std::string::npos);
}

TEST_CASE("a test that names the sinks has no others, and one that names none has whatever a rule emits to") {
  const std::string rule = R"(return { name = "one", on = "conversation.ended", handle = function(event, ctx)
    if ctx.has_sink "call_log" then ctx.emit("call_log", { a = 1 }) end
    if event.data.all then ctx.emit("other", { a = 1 }) end
  end })";
  auto report = Rules(R"(local t = require "hookswitch.test"
t.test("whatever", function(engine)
  local e = engine:event { type = "conversation.ended", data = { all = true } }
  t.equal(e.dead, nil)
  t.equal(#e.effects, 2)
end)
t.test("one", function(engine)
  engine:sinks { "call_log" }
  engine:tenant { id = "B1" }
  t.equal(#engine:event { type = "conversation.ended" }.effects, 1)
  local e = engine:event { type = "conversation.ended", data = { all = true } }
  t.ok(e.dead:find('emit to sink "other": it is not configured', 1, true), e.dead)
end)
t.test("none", function(engine)
  engine:sinks {}
  t.equal(engine:event { type = "conversation.ended" }.effects, {})
end)
t.test("mistyped", function(engine) engine:sinks { 1 } end)
)",
                      rule)
                    .run();
  REQUIRE(report.results.size() == 4);
  for (size_t i = 0; i < 3; ++i) CHECK(report.results[i].failure == Lines{});
  REQUIRE(!report.results[3].failure.empty());
  CHECK_THAT(report.results[3].failure[0], Catch::Contains("expected a list of sinks' names"));
}

// The message and the task of the event name no source: Twilio is the only one that can send a message.
constexpr const char* kWrites = R"(return { name = "one", on = "conversation.ended", handle = function(event, ctx)
  ctx.action:sms { to = "+12025550100", body = "a", key = "now", window = "any" }
  ctx.tasks:schedule { key = "later", to = "+12025550101", channel = "sms", body = "b", window = "any" }
end })";

std::string writes(const std::string& source, const std::string& action, const std::string& task) {
  return "engine:event { type = 'conversation.ended', call = 'c1', data = { status = 'completed' }" + source +
         " }\nengine:advance '1m'\nlocal by = {}\n"
         "for _, one in ipairs(engine:actions()) do by[one.params.body] = one.source end\n"
         "t.equal(by, { a = " + action + ", b = " + task + " })\n";
}

TEST_CASE("what names no source goes where it would go in service, not to what stands in for the unconfigured") {
  const auto run = [](const std::string& lines, std::vector<TestSourceSettings> sources) {
    RuleTestOptions options;
    options.sources = std::move(sources);
    const std::string head = "local t = require \"hookswitch.test\"\nt.test(\"it\", function(engine)\n";
    auto report = Rules(head + lines + "end)\n", kWrites).run(options);
    REQUIRE(report.results.size() == 1);
    return report.results[0].failure;
  };
  const std::vector<TestSourceSettings> both = {{"talk", "elevenlabs"}, {"phone", "twilio"}};
  CHECK(run(writes(", source = 'talk'", "'phone'", "'phone'"), both) == Lines{});
  CHECK(run(writes(", source = 'acme'", "'acme'", "'phone'"), both) == Lines{});
  CHECK(run(writes("", "'test'", "'phone'"), both) == Lines{});  // the event's own can, as any could
  CHECK(run(writes(", source = 'talk'", "nil", "nil"), {{"talk", "elevenlabs"}}) == Lines{});
  const std::string given = "engine:source { name = 'other', provider = 'twilio' }\n";
  CHECK(run(given + writes(", source = 'talk'", "'other'", "'other'"), {{"talk", "elevenlabs"}}) == Lines{});
  CHECK(run(given + writes(", source = 'elevenlabs'", "'other'", "'other'"), {}) == Lines{});
  CHECK(run(given + writes(", source = 'talk'", "nil", "nil"), both) == Lines{});
}

TEST_CASE("an event of a type that nobody makes is refused with the one that was meant, a plugin's own is not") {
  const auto said = [](const std::string& type, const std::string& more = "") {
    auto result = result_of("engine:event { type = '" + type + "'" + more + " }");
    return result.failure.empty() ? "" : result.failure[0];
  };
  CHECK(said("conversation.endet").find("did you mean conversation.ended?") != std::string::npos);
  CHECK(said("conversaton.ended").find("did you mean conversation.ended?") != std::string::npos);
  CHECK(said("call.vanished").find("found \"call.vanished\", expected an event type") != std::string::npos);
  for (const char* whose : {", source = 'elevenlabs'", ", provider = 'acme'"}) {
    CHECK(said("conversation.endded", whose).find("did you mean conversation.ended?") != std::string::npos);
    CHECK(said("conversaton.ended", whose).find("did you mean conversation.ended?") != std::string::npos);
  }
  passes("t.equal(engine:event { type = 'acme.survey' }.type, 'acme.survey')\n"
         "t.equal(engine:event { type = 'conversation.queued', provider = 'acme' }.type, 'conversation.queued')\n"
         "t.equal(engine:event { type = 'call.parked', provider = 'acme' }.type, 'call.parked')\n"
         "t.equal(engine:event { type = 'command.reload' }.type, 'command.reload')");
}

TEST_CASE("a call that is named beside its other ids is one call") {
  passes("local data = { external_ids = { call_sid = 's' } }\n"
         "local e = engine:event { type = 'conversation.ended', call = 'c1', data = data }\n"
         "t.equal(engine:call('c1').id, e.call.id)\n"
         "t.equal(e.call.external_ids, { call_id = 'c1', call_sid = 's' })");
}

TEST_CASE("an event that dies fails the test unless the test looks at it") {
  const std::string broken =
      "local e = engine:event { type = 'conversation.ended', call = 'c1', data = { broken = true } }\n";
  auto result = result_of(broken);
  REQUIRE(result.failure.size() == 1);
  CHECK(result.failure[0].find("event conversation.ended became a dead letter, and the test did not look at it") == 0);
  CHECK(result.failure[0].find("it is broken") != std::string::npos);
  passes(broken + "t.ok(e.dead:find('it is broken', 1, true))");
  passes(broken + "t.matches(engine:dead()[1], { rule = 'one', type = 'conversation.ended' })\n" +
         "t.matches(engine:redrive(), { redriven = 0, failed = 1, left = 1 })\nengine:dead()");
  passes(broken + "t.ok(engine:redrive().reasons[1].reason:find('it is broken', 1, true))\nengine:dead()");
  passes("t.equal(engine:redrive().reasons, nil)");
}

TEST_CASE("a delivery goes through the provider's plugin, and a repetition of it is known") {
  passes(R"(
    local body = { type = "post_call_transcription", event_timestamp = 1766000123,
      data = { agent_id = "a", conversation_id = "conv_1", status = "done", analysis = { call_successful = "failure" } } }
    local e = engine:deliver("elevenlabs", body)
    t.matches(e, { type = "conversation.ended", duplicate = false })
    t.equal(e.call.external_ids, { conversation_id = "conv_1" })
    t.equal(engine:deliver("elevenlabs", body).duplicate, true)
    local f = engine:deliver("twilio/status", t.form { CallSid = "CA1", CallStatus = "completed", SequenceNumber = "3" })
    t.equal(f.type, "call.ended")
    t.equal(f.call.status, "completed"))");
}

TEST_CASE("every case of a table is a test of its own, by its name, its key or its values, in order") {
  auto report = Rules(R"(local t = require "hookswitch.test"
    t.each("by name", { { name = "b", want = 1 }, { name = "a", want = 2 } }, function(_, case) t.equal(case.want, 1) end)
    t.each("by key", { y = 1, x = 2 }, function(_, case) t.equal(case, 2) end)
    t.each("by value", { { v = 1 } }, function() end))")
                    .run();
  Lines names;
  for (const auto& one : report.results) names.push_back(one.name + (one.failure.empty() ? "" : " FAILED"));
  CHECK(names == Lines{"by name: b", "by name: a FAILED", "by key: x", "by key: y FAILED", "by value: {v = 1}"});
}

TEST_CASE("a file that does not compile, ends in an error or names no module is one failure, and the others run") {
  Rules rules("local t = require 'hookswitch.test'\nt.test('good', function() end)\n");
  rules.add("syntax_test.lua", "local t = = 1\n");
  rules.add("raises_test.lua", "\nerror 'no'\n");
  rules.add("require_test.lua", "require 'hookswitch.tests'\n");
  auto report = rules.run();
  CHECK(report.passed() == 1);
  CHECK(report.failed() == 3);
  const std::string text = text_of(report);
  CHECK(text.find("syntax_test.lua:1\n    unexpected symbol near '='") != std::string::npos);
  CHECK(text.find("raises_test.lua:2\n    no") != std::string::npos);
  CHECK(text.find("there is no module 'hookswitch.tests'") != std::string::npos);
  CHECK(text.ends_with("1 passed, 3 failed\n"));
}

TEST_CASE("a test that does not end, or takes more and more memory, is ended and named, and the others run") {
  auto report = Rules(R"(local t = require "hookswitch.test"
    t.test("loops", function() while true do pcall(error) end end)
    t.test("grows", function() local s = { "x" } while true do s[#s + 1] = s[#s] .. s[#s] end end)
    t.test("calls itself", function() local function f() return 1 + f() end f() end)
    t.test("good", function() end))")
                    .run();
  REQUIRE(report.results.size() == 4);
  CHECK(report.results[0].failure.at(0).find("steps, or 5000 ms, a test may use") != std::string::npos);
  CHECK(report.results[1].failure.at(0).find("bytes of memory a test may use") != std::string::npos);
  CHECK_FALSE(report.results[2].failure.empty());
  CHECK(report.results[3].failure.empty());
}

TEST_CASE("a test has no files, no clock and no globals either") {
  CHECK(result_of("io.open('/etc/passwd')").failure.at(0).find("io.open is not available") != std::string::npos);
  CHECK(result_of("leaked = 1").failure.at(0).find("global 'leaked' cannot be assigned") != std::string::npos);
}

TEST_CASE("tests share code: that of the rules, and files beside them that are no tests") {
  Rules rules(
      "local t = require 'hookswitch.test'\nlocal given = require 'tests.given'\n"
      "t.test('it', function() t.equal(given.answer, 42) end)");
  rules.add("given.lua", "return { answer = 42 }\n");
  CHECK(rules.run().passed() == 1);
}

TEST_CASE("rules with a mistake are not tested, and it is said what is wrong") {
  auto report = Rules("", "return { name = 'x' ").try_run();
  REQUIRE_FALSE(report);
  CHECK(report.error().message.find("one.lua:1: '}' expected") == 0);
}

TEST_CASE("the clock does not go back once something happened, and goes no further than a bound") {
  CHECK(
      result_of(std::string(kEnded) + "engine:at '2020-01-01T00:00:00Z'").failure.at(0).find("time does not go back") !=
      std::string::npos);
  CHECK(result_of("engine:advance '401d'").failure.at(0).find("at most 400d") != std::string::npos);
  CHECK(result_of("engine:advance 'soon'").failure.at(0).find("expected milliseconds or a duration") !=
        std::string::npos);
  passes("local before = engine:now()\nengine:advance '1d2h3m4s5ms'\nt.equal(engine:now() - before, 93784005)");
  passes("engine:at '2020-01-01T00:00:00Z'\nengine:advance '400d'");
}

TEST_CASE("a file may be large and name many tests, but not without bound") {
  auto many = [](size_t tests) {
    return "local t = require 'hookswitch.test'\nfor i = 1, " + std::to_string(tests) +
           " do t.test('number ' .. i, function() end) end\n";
  };
  RuleTestOptions options;
  options.filter = "number 10000";
  CHECK(Rules(many(limits::kRuleTestsPerFile)).run(options).passed() == 1);
  auto report = Rules(many(limits::kRuleTestsPerFile + 1)).run(options);
  REQUIRE(report.results.size() == 1);
  CHECK(report.results[0].failure.at(0) == "a file names more than 10000 tests");

  const std::string padding = "--" + std::string(limits::kRuleTestFileBytes - 2, 'x');
  CHECK(Rules(padding).run().failed() == 0);
  CHECK(Rules(padding + "x").run().results.at(0).failure.at(0).find("found 4194305 bytes, expected") == 9);
}

TEST_CASE("only tests that are asked for run") {
  Rules rules("local t = require 'hookswitch.test'\nt.test('one', function() end)\nt.test('two', function() end)\n");
  RuleTestOptions options;
  options.filter = "tw";
  auto report = rules.run(options);
  REQUIRE(report.results.size() == 1);
  CHECK(report.results[0].name == "two");
}

TEST_CASE("coverage tells which lines did not run, also of functions that were never called") {
  Rules rules("local t = require 'hookswitch.test'\nt.test('it', function(engine)\n" + std::string(kEnded) + "end)");
  RuleTestOptions options;
  options.coverage = true;
  auto report = rules.run(options);
  REQUIRE(report.coverage.size() == 1);
  const FileCoverage& one = report.coverage[0];
  CHECK(one.file == "one.lua");
  CHECK(line_ranges(one.missed) == "10-11");  // `never` stands on one line, which ran when it was made
  CHECK(one.lines == one.run + 2);
  CHECK(text_of(report).find("not run: 10-11") != std::string::npos);
}

TEST_CASE("a report is XML for build servers, with what is special in XML written out") {
  RuleTestReport report;
  report.results = {{"a < b & \"c\"", "one_test.lua", 3, 1500, {"x: expected <1>, got 2"}},
                    {"fine", "one_test.lua", 9}};
  const std::string xml = junit_of(report);
  CHECK(xml.find("<testsuites tests=\"2\" failures=\"1\">") != std::string::npos);
  CHECK(xml.find("name=\"a &lt; b &amp; &quot;c&quot;\"") != std::string::npos);
  CHECK(xml.find("<failure message=\"x: expected &lt;1&gt;, got 2\">one_test.lua:3\n") != std::string::npos);
  CHECK(to_json(report)["failed"] == 1);
}

TEST_CASE("a report is XML of valid characters, whatever a message holds") {
  RuleTestReport report;
  report.results = {{"one", "one_test.lua", 3, 1, {"got \xff and \xEF\xBF\xBE, ț \x01"}}};
  CHECK(junit_of(report).find("got \xEF\xBF\xBD and \xEF\xBF\xBD, ț ?") != std::string::npos);
}

TEST_CASE("an empty table is a person without numbers, in a test and in a rule") {
  Rules rules(R"(local t = require "hookswitch.test"
t.test("a", function(engine)
  engine:put_contact { id = "p1", phones = {} }
  t.equal(engine:contacts()[1].phones, require("hookswitch.json").array {})
  engine:event { type = "timer.x" }
  t.equal(#engine:contacts(), 2)
  t.equal(#engine:contacts()[2].phones, 0)
end))",
              R"(return { name = "one", on = "timer.x", handle = function(_, ctx)
  ctx.contacts:put { id = "p2", phones = {} }
end })");
  auto report = rules.run();
  INFO(text_of(report));
  CHECK(report.failed() == 0);
}

TEST_CASE("a rule replaces what is nobody's or its own tenant's, and what is another's it is told of") {
  Rules rules(R"(local t = require "hookswitch.test"
local function after(engine, kind, before, agent)
  engine:tenant { id = "B1/L1", agents = { "one" } }
  engine:tenant { id = "B2/L2", agents = { "two" } }
  before.id, before.name = "x", "before"
  engine["put_" .. kind](engine, before)
  engine:event { type = "conversation.ended", call = "c1", data = { agent_id = agent, kind = kind } }
  local rows = engine[kind .. "s"](engine)
  t.equal(#rows, 1)
  return rows[1].name, rows[1].tenant, engine:dead()[1] and engine:dead()[1].reason or ""
end
for _, kind in ipairs { "contact", "agent" } do
  t.test("the own tenant's " .. kind, function(engine)
    t.equal({ after(engine, kind, { tenant = "B2/L2", source = "test" }, "two") }, { "after", "B2/L2", "" })
  end)
  t.test("nobody's " .. kind, function(engine)
    t.equal({ after(engine, kind, { source = "test" }, "two") }, { "after", "B2/L2", "" })
  end)
  t.test("another's " .. kind, function(engine)
    local name, tenant, reason = after(engine, kind, { tenant = "B1/L1" }, "two")
    t.equal({ name, tenant }, { "before", "B1/L1" })
    local said = "put the " .. kind .. " x: found another tenant's under this id, expected B2/L2's or nobody's"
    t.equal(reason:find(said, 1, true) ~= nil, true)
  end)
end
t.test("a tenant's contact and an event of nobody", function(engine)
  local name, tenant, reason = after(engine, "contact", { tenant = "B1/L1" }, "nobody's")
  t.equal({ name, tenant }, { "before", "B1/L1" })
  t.equal(reason:find("found another tenant's under this id, expected nobody's", 1, true) ~= nil, true)
end))",
              R"(return { name = "one", on = "conversation.ended", handle = function(event, ctx)
  ctx[event.data.kind .. "s"]:put { id = "x", name = "after" }
end })");
  auto report = rules.run();
  INFO(text_of(report));
  CHECK(report.passed() == 7);
  CHECK(report.failed() == 0);
}

TEST_CASE("a test cannot begin with a person whom neither rules nor the API could put") {
  Rules rules(R"(local t = require "hookswitch.test"
t.test("a", function(engine)
  for field, value in pairs { do_not_call = "true", consent = "no", timezone = "Mars/Base" } do
    local ok, reason = pcall(engine.put_contact, engine, { id = "p1", [field] = value })
    t.equal(ok, false)
    t.equal(reason:find(field, 1, true) ~= nil, true)
  end
end))",
              "return { name = 'one', on = 'timer.x', handle = function() end }");
  auto report = rules.run();
  INFO(text_of(report));
  CHECK(report.failed() == 0);
}

TEST_CASE("the tests of the rules that come with the engine pass") {
  RuleTestOptions options;
  options.rules_dir = HOOKSWITCH_SOURCE_DIR "/rules";
  auto report = run_rule_tests(providers(), options);
  REQUIRE(report);
  INFO(text_of(*report));
  CHECK(report->failed() == 0);
  CHECK(report->passed() > 100);
}

TEST_CASE("the tests of the rules that come with the engine pass beside a rule that counts, tells and waits") {
  TempDir dir;
  std::filesystem::copy(HOOKSWITCH_SOURCE_DIR "/rules", dir.path(), std::filesystem::copy_options::recursive);
  dir.write("x.lua", R"(return { name = "x", on = "*", handle = function(_, ctx)
  ctx.kpi:add("x")
  ctx.activity:add { kind = "x", title = "x" }
  ctx.timer:set { key = "x", after = "1d", name = "x" }
end })");
  RuleTestOptions options;
  options.rules_dir = dir.path();
  auto report = run_rule_tests(providers(), options);
  REQUIRE(report);
  INFO(text_of(*report));
  CHECK(report->failed() == 0);
}

TEST_CASE("the tests that the README shows for the rules that come with the engine pass") {
  const std::string readme = hookswitch::test::read_file(HOOKSWITCH_SOURCE_DIR "/rules/README.md");
  const size_t begin = readme.find("\n## Testing a rule");
  REQUIRE(begin != std::string::npos);
  const std::string section = readme.substr(begin, readme.find("\n## ", begin + 1) - begin);
  size_t shown = 0;
  for (size_t at = section.find("```Lua\n"); at != std::string::npos; at = section.find("```Lua\n", at)) {
    at += 7;
    const std::string text = section.substr(at, section.find("```", at) - at);
    INFO(text);
    TempDir dir;
    RuleTestOptions options;
    options.rules_dir = HOOKSWITCH_SOURCE_DIR "/rules";
    options.paths = {dir.write("readme_test.lua", text)};
    auto report = run_rule_tests(providers(), options);
    REQUIRE(report);
    INFO(text_of(*report));
    CHECK(report->passed() > 0);
    CHECK(report->failed() == 0);
    ++shown;
  }
  CHECK(shown == 2);
}
