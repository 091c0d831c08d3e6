// Whatever a rule hands to a function that it can reach ends in a result or an error, never in the engine.
#include <fmt/format.h>

#include "engine/rules/vocabulary.h"
#include "tests/unit/rules/rule_runner.h"

namespace hookswitch {
namespace {

using Functions = std::vector<std::string>;  // expressions

Functions reachable() {
  const Vocabulary words = vocabulary();
  Functions out = {"pairs({ a = 1 })", "pairs({ 1, 2 })",         "pairs({ [{}] = 1 })",
                   "ipairs({ 1 })",    "utf8.codes('x')",         "string.gmatch('aa', 'a()')",
                   "('aa').rep",       "text.keywords({ a = 1 })"};
  for (const std::string& name : words.globals) out.push_back(name);
  for (const char* name :
       {"string.byte",  "string.char",    "string.find",  "string.format", "string.gmatch",  "string.gsub",
        "string.len",   "string.lower",   "string.match", "string.rep",    "string.reverse", "string.sub",
        "string.upper", "table.concat",   "table.insert", "table.move",    "table.pack",     "table.remove",
        "table.sort",   "table.unpack",   "math.abs",     "math.ceil",     "math.floor",     "math.fmod",
        "math.log",     "math.max",       "math.min",     "math.modf",     "math.random",    "math.sqrt",
        "math.type",    "math.tointeger", "math.ult",     "utf8.char",     "utf8.codepoint", "utf8.codes",
        "utf8.len",     "utf8.offset"}) {
    out.emplace_back(name);
  }
  for (const auto& [module, names] : words.modules) {
    for (const std::string& name : names) out.push_back("(require '" + module + "')." + name);
  }
  for (const auto& [table, names] : words.ctx_tables) {
    for (const std::string& name : names) out.push_back("ctx." + table + "." + name);
  }
  for (const std::string& name : words.ctx_functions) out.push_back("ctx." + name);
  for (const std::string& name : words.event_methods) out.push_back("event." + name);
  out.emplace_back("ctx.call.update");
  return out;
}

// The event says which values come first and second; the third is each in its turn.
const char* kCall = R"(
  local text = require 'hookswitch.text'
  local plain = setmetatable({}, { __index = { 1 } })
  local values = { false, true, -1, 3, 1e308, math.mininteger, '', 'x%d()', {}, { 'x', 'y' }, function() return 1 end,
                   event.data, plain, text.keywords { x = 1 }, (require 'hookswitch.json').null }
  local d = event.data
  local a, b = values[d.a], values[d.b]
  local call = FUNCTION
  if d.a == 0 then return pcall(call) end
  if d.a == -1 then a = ctx.kpi end
  for c = 0, #values do pcall(call, a, b, values[c]) end
)";

constexpr int kValues = 15;

std::string calling(const std::string& function) {
  std::string out = kCall;
  out.replace(out.find("FUNCTION"), 8, function);
  return out;
}

TEST_CASE("every function takes any arguments without harm") {
  for (const std::string& function : reachable()) {
    INFO(function);
    Runner runner(calling(function), {.memory_bytes = 4 << 20, .steps = 20'000, .cpu_ms = 1'000});
    runner.world.current = a_call();
    size_t ended = 0;
    for (int a = -1; a <= kValues + 1; ++a) {
      for (int b = 0; b <= (a == 0 ? 0 : kValues); ++b) {
        const auto ran = runner.run(an_event("x", fmt::format(R"({{"a":{},"b":{},"transcript":[1]}})", a, b)));
        ended += ran || !ran.error().reason.empty() ? 1 : 0;
        runner.world.effects.clear();
      }
    }
    CHECK(ended > 1);
  }
}

}  // namespace
}  // namespace hookswitch
