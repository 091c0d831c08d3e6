// Lua patterns, translated for RE2, match what Lua's own matcher matches.
#include <lua.hpp>

#include "engine/base/check.h"
#include "tests/fuzz/rule_runs.h"
#include "tests/fuzz/target.h"

namespace hookswitch::fuzz {
namespace {

// Lua's own matcher takes time that grows with the power of their lengths.
constexpr size_t kPatternBytes = 10;
constexpr size_t kSubjectBytes = 20;

constexpr const char* kOperations = R"(
  local s, p = ...
  local function texts(...)
    local out = { ... }
    for i = 1, select('#', ...) do out[i] = tostring(out[i]) end
    return table.concat(out, '|')
  end
  local out = { texts(string.find(s, p)), texts(string.match(s, p, 3)), texts(string.find(s, p, -2)) }
  for a, b in string.gmatch(s, p) do out[#out + 1] = texts(a, b) end
  out[#out + 1] = texts(string.gsub(s, p, '<%0>', 3))
  return table.concat(out, '\n')
)";

/// What Lua itself gives; "error" when it does not take the pattern.
std::string reference(std::string_view subject, std::string_view pattern) {
  static lua_State* lua = [] {
    lua_State* out = luaL_newstate();
    luaL_openlibs(out);
    return out;
  }();
  ENSURE(luaL_loadstring(lua, kOperations) == LUA_OK, "{}", lua_tostring(lua, -1));
  lua_pushlstring(lua, subject.data(), subject.size());
  lua_pushlstring(lua, pattern.data(), pattern.size());
  const bool ok = lua_pcall(lua, 2, 1, 0) == LUA_OK;
  size_t size = 0;
  const char* text = lua_tolstring(lua, -1, &size);
  std::string out = ok ? std::string(text, size) : "error";
  lua_pop(lua, 1);
  return out;
}

RuleSet& ours() {
  static const auto rules = [] {
    auto made = rules_of(std::string("local function compute(...) ") + kOperations + R"( end
      return { name = "r", on = "*", handle = function(event, ctx)
        local function text(bytes) return string.char(table.unpack(bytes)) end
        local result = compute(text(event.data.subject), text(event.data.pattern))
        ctx.state:put("result", { string.byte(result, 1, -1) })
      end })");
    ENSURE(made, "{}", made.error().message);
    return std::move(*made);
  }();
  return *rules;
}

}  // namespace

// A line with the pattern, and the text to be searched.
void try_input(std::string_view input) {
  Input in(input);
  std::string_view pattern = in.line().substr(0, kPatternBytes), subject = in.bytes(kSubjectBytes);
  Json data{{"subject", bytes_of(subject)}, {"pattern", bytes_of(pattern)}};
  MemoryWorld world;
  if (!ours().run(an_event("fuzz", data.dump()), world)) return;  // %b, %f and the like are refused
  std::string found;
  for (const Json& byte : Json::parse(world.memories.at("r/result"))) found += static_cast<char>(byte.get<int>());
  std::string expected = reference(subject, pattern);
  ENSURE(found == expected, "pattern {} in {}: found {}, expected {}", pattern, subject, found, expected);
}

}  // namespace hookswitch::fuzz
