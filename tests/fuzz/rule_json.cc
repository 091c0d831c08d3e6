// JSON into Lua and back: what went in comes out, numbers of every size, empty lists and nulls included; for half of a
// surrogate pair U+FFFD.
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

/// Asks another parser, whose complaint about a number too large for a double does not count.
class Judge final : public nlohmann::detail::json_sax_acceptor<Json> {
 public:
  bool parse_error(size_t, const std::string&, const Json::exception& error) {
    too_large_ = error.id == 406;
    return false;
  }
  bool too_large() const { return too_large_; }

 private:
  bool too_large_ = false;
};

bool is_json(std::string_view text) {
  Judge judge;
  return Json::sax_parse(text, &judge) || judge.too_large();
}

/// As Lua has it: what fits no signed integer is a float.
Json as_lua(Json value) {
  if (value.is_number_unsigned() && value.get<uint64_t>() > INT64_MAX)
    return static_cast<double>(value.get<uint64_t>());
  if (value.is_structured()) {
    for (Json& item : value) item = as_lua(std::move(item));
  }
  return value;
}

}  // namespace

void try_input(std::string_view input) {
  std::string_view text = input.substr(0, 512);
  MemoryWorld world;
  if (!there_and_back().run(an_event("fuzz", Json{{"text", bytes_of(text)}}.dump()), world)) return;
  const std::string whole = with_whole_pairs(text);
  ENSURE(is_json(whole), "read what is no JSON: {}", text);
  Json given = Json::parse(whole, nullptr, false);
  if (given.is_discarded()) given = Json::parse(with_numbers_in_range(whole), nullptr, false);
  std::string result = Json::parse(world.memories.at("r/result")).get<std::string>();
  ENSURE(dump(Json::parse(result)) == dump(as_lua(given)), "{} became {}", text, result);
}

}  // namespace hookswitch::fuzz
