// Lua's own matcher, in a state of its own, is the reference for our translated patterns.
#include <lua.hpp>
#include <memory>

#include "tests/unit/rules/rule_runner.h"

namespace hookswitch {
namespace {

const char* kPatterns[] = {
    "",
    "a",
    "^a",
    "a$",
    "^$",
    "^",
    ".",
    ".*",
    ".-",
    "a*",
    "a-b",
    "a+",
    "a?b",
    "%d+",
    "%a+",
    "%s*",
    "%w+",
    "%p",
    "%c",
    "%x+",
    "%u%l+",
    "%Z+",
    "%z",
    "%g+",
    "%D+",
    "%A",
    "%S+",
    "%W+",
    "[abc]",
    "[^abc]+",
    "[a-c]*",
    "[%d%s]+",
    "[]]",
    "[^]]+",
    "[a-]",
    "[-a]",
    "[%a-z]",
    "[%-]",
    "(a)(b)",
    "()a()",
    "(a*)(.-)",
    "((a)b)",
    "%.",
    "%%",
    "x$y",
    "a^b",
    "(%w+)=(%w+)",
    "[%w_]+",
    "^%s*(.-)%s*$",
    "%w+@%w+",
    "[\128-\255]+",
    "a.b",
    "(.)(.)",
    "(%d%d)",
    "b*$",
    "^(a?)",
    "[^%s]+",
    "%-?%d+",
    "[.]",
    "[+-]?%d",
    "-",
    "a-",
};

const char* kSubjects[] = {
    "",
    "a",
    "aaa",
    "ab",
    "aab",
    "abcabc",
    "hello world",
    "  trim me  ",
    "k1=v1, k2=v2",
    "x$y",
    "a^b",
    "a]b",
    "a-b-c",
    "\xc3\xa4\xc3\xb6 \xff",
    "line\nbreak",
    "12 345 6.7 -8",
    "Maria Pop",
    "user@host",
    "100%",
    "tab\tand\rcr",
    "aXbXc",
};

const char* kOperations = R"(
  local s, p = ...
  local function all(...) return select('#', ...) .. ':' .. table.concat({...}, '|') end
  local function texts(...) local t = {...} for i = 1, select('#', ...) do t[i] = tostring(t[i]) end return all(table.unpack(t)) end
  local out = { texts(string.find(s, p)), texts(string.match(s, p)), texts(string.find(s, p, 3)), texts(string.match(s, p, -2)) }
  local found = {}
  for a, b in string.gmatch(s, p) do found[#found + 1] = texts(a, b) end
  out[#out + 1] = table.concat(found, ';')
  out[#out + 1] = texts(string.gsub(s, p, '<%0>'))
  out[#out + 1] = texts(string.gsub(s, p, '<%1>', 2))
  out[#out + 1] = texts(string.gsub(s, p, function(a) return a == 'a' and 'A' or nil end))
  out[#out + 1] = texts(string.gsub(s, p, {a = 'T', ab = 'U'}))
  return table.concat(out, '\n')
)";

std::string reference(lua_State* lua, const std::string& subject, const std::string& pattern) {
  REQUIRE(luaL_loadstring(lua, kOperations) == LUA_OK);
  lua_pushlstring(lua, subject.data(), subject.size());
  lua_pushlstring(lua, pattern.data(), pattern.size());
  const bool ok = lua_pcall(lua, 2, 1, 0) == LUA_OK;
  size_t size = 0;
  const char* text = lua_tolstring(lua, -1, &size);
  std::string out = ok ? std::string(text, size) : "error";
  lua_pop(lua, 1);
  return out;
}

std::string in_hex(const std::string& text) {
  std::string out;
  for (unsigned char c : text) out += fmt::format("{:02x}", c);
  return out;
}

TEST_CASE("translated patterns match as Lua's own do") {
  std::unique_ptr<lua_State, decltype(&lua_close)> lua(luaL_newstate(), lua_close);
  luaL_openlibs(lua.get());
  Runner runner(
      std::string(
          "local function bytes(h) return (h:gsub('..', function(x) return string.char(tonumber(x, 16)) end)) end\n") +
      "local function operations(...) " + kOperations + " end\n" + R"(
    local ok, result = pcall(operations, bytes(event.data.subject), bytes(event.data.pattern))
    if not ok then return 'error' end
    return (result:gsub('.', function(c) return ('%02x'):format(c:byte()) end)))");
  for (const char* pattern : kPatterns) {
    for (const char* subject : kSubjects) {
      const std::string expected = reference(lua.get(), subject, pattern);
      auto ran = runner.run(an_event("x", dump(Json{{"subject", in_hex(subject)}, {"pattern", in_hex(pattern)}})));
      INFO("pattern '" << pattern << "' subject '" << subject << "'");
      REQUIRE(ran);
      CHECK(Json::parse(runner.world.memories["r/result"]) == (expected == "error" ? expected : in_hex(expected)));
    }
  }
}

TEST_CASE("what has no linear-time equal is refused with a hint") {
  CHECK(error_of("return ('x'):find('%b()')").reason.find("%b cannot be matched in linear time") == 0);
  CHECK(error_of("return ('x'):find('%f[%w]')").reason.find("%f is not available") == 0);
  CHECK(error_of("return ('x'):find('(a)%1')").reason.find("a back reference") == 0);
  CHECK(error_of("return ('x'):find('[a')").reason == "malformed pattern (missing ']')");
  CHECK(error_of("return ('x'):find('a%')").reason == "malformed pattern (ends with '%')");
  CHECK(error_of("return ('x'):find('(a')").reason == "unfinished capture");
  CHECK(error_of("return ('x'):gsub('x', '%2')").reason.find("invalid capture index %2") == 0);
}

TEST_CASE("plain search, byte, sub and the rest of string are Lua's own") {
  CHECK(value_of("return {('a.b'):find('.', 1, true)}") == Json::parse("[2,2]"));
  CHECK(value_of("return {('abc'):byte(1, -1)}") == Json::parse("[97,98,99]"));
  CHECK(value_of("return ('Abc'):upper() .. ('x'):rep(3, ',') .. ('abc'):sub(-2) .. #'abc' .. '5' + 1") ==
        "ABCx,x,xbc36");
  CHECK(value_of("return ('%5.1f|%-4d|%s|%q|%%'):format(3.14159, 7, {}, 'x')") == "  3.1|7   |table|\"x\"|%");
}

}  // namespace
}  // namespace hookswitch
