// JSON into Lua and back: what went in comes out, numbers of every size, empty lists and nulls included.
#include <cmath>

#include "engine/base/check.h"
#include "engine/rules/json_parse.h"
#include "tests/fuzz/rule_runs.h"
#include "tests/fuzz/target.h"

namespace hookswitch::fuzz {
namespace {

RuleSet& there_and_back() {
  static const auto rules = [] {
    auto made = rules_of(R"(
      local json = require "hookswitch.json"
      return { name = "r", on = "*", handle = function(event, ctx)
        local parts = {}
        for i, byte in ipairs(event.data.text) do parts[i] = string.char(byte) end
        ctx.state:put("result", json.encode(json.decode(table.concat(parts))))
      end })");
    ENSURE(made, "{}", made.error().message);
    return std::move(*made);
  }();
  return *rules;
}

}  // namespace

void try_input(std::string_view input) {
  std::string_view text = input.substr(0, 512);
  MemoryWorld world;
  if (!there_and_back().run(an_event("fuzz", Json{{"text", bytes_of(text)}}.dump()), world)) return;
  Json given = Json::parse(with_numbers_in_range(text), nullptr, false);
  ENSURE(!given.is_discarded(), "read what is no JSON: {}", text);
  std::string result = Json::parse(world.memories.at("r/result")).get<std::string>();
  ENSURE(dump(Json::parse(result)) == dump(given), "{} became {}", text, result);
}

}  // namespace hookswitch::fuzz
