// A timer that is set for a time at which it has fired already fires again, in rule tests as in the engine.
#include <catch2/catch.hpp>

#include "engine/workbench/rule_tests.h"
#include "engine/workbench/test_report.h"
#include "tests/support/temp_dir.h"

namespace hookswitch::test {
namespace {

constexpr const char* kRule = R"(return {
  name = "batch", on = { "conversation.ended", "timer.*" },
  handle = function(event, ctx)
    if event.type == "timer.other" then return ctx.kpi:add("others") end
    local n = event.data.n or 0
    if event.type == "timer.step" then ctx.kpi:add("steps") end
    if n < 5 then ctx.timer:set { key = "batch", name = "step", after = 0, data = { n = n + 1 } } end
    if n == 5 then ctx.timer:set { key = "batch", name = "other", at = ctx.now } end
  end,
})";

constexpr const char* kTest = R"(local t = require "hookswitch.test"
t.test("five steps and another at one moment, once for each call", function(engine)
  for n = 1, 2 do
    engine:event { type = "conversation.ended", call = "c" .. n }
    engine:advance(0)
    t.equal(engine:kpi("steps"), 5 * n)
    t.equal(engine:kpi("others"), n)
    t.equal(engine:timers(), {})
  end
end))";

}  // namespace

TEST_CASE("in a rule test a timer set again for its own time fires as often as it is set") {
  Providers providers;
  providers.load_dir(HOOKSWITCH_BINARY_DIR "/plugins");
  TempDir dir;
  dir.write("batch.lua", kRule);
  dir.write("tests/batch_test.lua", kTest);
  RuleTestOptions options;
  options.rules_dir = dir.path();
  auto report = run_rule_tests(providers, options);
  REQUIRE(report);
  INFO(text_of(*report));
  CHECK(report->passed() == 1);
  CHECK(report->failed() == 0);
}

}  // namespace hookswitch::test
