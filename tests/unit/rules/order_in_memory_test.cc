// Lua keeps tables in an order that differs from state to state. Nothing that a rule sees or does may show it.
#include <memory>
#include <set>

#include "tests/unit/rules/rule_runner.h"

namespace hookswitch {
namespace {

/// What the lines come to in many states that are there at once: results or errors.
std::set<std::string> outcomes(const std::string& body) {
  std::vector<std::unique_ptr<Runner>> runners;
  std::set<std::string> out;
  for (int i = 0; i < 24; ++i) {
    Runner& runner = *runners.emplace_back(std::make_unique<Runner>(body));
    runner.world.current = a_call();
    auto ran = runner.run();
    out.insert((ran ? "" : ran.error().message()) + dump(runner.world.shown()));
  }
  return out;
}

TEST_CASE("of several mistakes in one table the same one is told everywhere") {
  for (const char* body : {
           "ctx.tasks:schedule { zeta = 1, alpha = 2, key = 'k', omega = 3, beta = 4 }",
           "ctx.kpi:add('n', 1, { a = {}, b = {}, c = {}, d = {}, e = {} })",
           "return { a = print, b = 0/0, c = { [2] = 1, x = 1 }, d = { [true] = 1 }, e = function() end }",
           "return { [2] = 1, a = 1, b = 2, [true] = 3 }",
           "return { [true] = 1, [function() end] = 2, [{}] = 3 }",
           "return ctx.kpi.addd",
           "return strin",
           "local text = require 'hookswitch.text' text.categories { a = 1, b = { 1 }, c = 2, d = { x = 'y' }, e = 3 }",
           "local text = require 'hookswitch.text' text.keywords { a = 1, [1] = 2, b = 'x', [true] = 1 }",
       }) {
    INFO(body);
    CHECK(outcomes(body).size() == 1);
  }
}

TEST_CASE("weights are added up in the same order everywhere, to the last bit") {
  CHECK(outcomes("local text = require 'hookswitch.text' "
                 "local words = text.keywords { no = 0.1, ['no way'] = 0.2, ['no way back'] = 0.3, "
                 "['no way back home'] = 1e16, NO = -1e16, No = 0.7 } "
                 "return string.format('%.17g', text.score('no way back home', words))")
            .size() == 1);
}

TEST_CASE("names that differ behind a zero byte are two names") {
  CHECK(outcomes("ctx.kpi:add('n', 1, { ['a\\0b'] = 'x', ['a\\0c'] = 'y', a = 'z' })").size() == 1);
}

}  // namespace
}  // namespace hookswitch
