// Metatables work as in Lua, but for what the collector asks of them.
#include "tests/unit/rules/rule_runner.h"

namespace hookswitch {
namespace {

struct Idiom {
  const char* what;
  const char* body;
  const char* json;
};

const Idiom kIdioms[] = {
    {"a class",
     "local A = {} A.__index = A function A.new(n) return setmetatable({n = n}, A) end function A:get() return self.n "
     "end local a = A.new(4) function A:twice() return 2 * self:get() end return {a:get(), a:twice()}",
     "[4,8]"},
    {"a class of a class",
     "local A = {} A.__index = A function A:name() return 'a' end "
     "local B = setmetatable({}, A) B.__index = B function B:other() return 'b' .. self:name() end "
     "return setmetatable({}, B):other()",
     "\"ba\""},
    {"what was given is given back",
     "local m = {} local t = setmetatable({}, m) return {getmetatable(t) == m, getmetatable(m) == nil, "
     "getmetatable(setmetatable(t, nil)) == nil, getmetatable(setmetatable({}, {__metatable = 7})), getmetatable('')}",
     "[true,true,true,7,false]"},
    {"operators",
     "local m = {__add = function() return 'add' end, __eq = function() return true end, __lt = function() return true "
     "end, __le = function() return false end, __call = function(_, x) return x end, __len = function() return 5 end, "
     "__concat = function() return 'cat' end, __unm = function() return 'minus' end, __tostring = function() return "
     "'text' end, __newindex = function(t, k) end, __pairs = function() return function() end end, __idiv = function() "
     "return 'idiv' end, __bxor = function() return 'xor' end} "
     "local a, b = setmetatable({}, m), setmetatable({}, m) a.x = 1 "
     "return {a + 1, a == b, a < b, a <= b, a(3), #a, a .. 'x', -a, tostring(a), a.x == nil, pairs(a)() == nil, a // "
     "1, "
     "a ~ 1}",
     R"(["add",true,true,false,3,5,"cat","minus","text",true,true,"idiv","xor"])"},
    {"what one object is given counts for all that have the metatable",
     "local m = {} local a = setmetatable({}, m) m.__index = {x = 1} local b = setmetatable({}, m) return {a.x, b.x}",
     "[1,1]"},
    {"a protected metatable stays",
     "local t = setmetatable({}, {__metatable = 'mine'}) return {pcall(setmetatable, t, {})}",
     R"([false,"cannot change a protected metatable"])"},
};

TEST_CASE("metatables work as they are mostly used") {
  for (const Idiom& idiom : kIdioms) {
    INFO(idiom.what);
    CHECK(value_of(idiom.body) == Json::parse(idiom.json));
  }
}

TEST_CASE("a field that a file sets in a metatable behind setmetatable counts when events come") {
  RuleDir dir;
  dir.add("a.lua",
          "local C = {} local object = setmetatable({}, C) C.__index = C function C.word() return 'found' end "
          "return { name = 'a', on = 'x', handle = function(_, ctx) ctx.state:put('word', object.word()) end }");
  auto set = RuleSet::load(dir.path(), {});
  REQUIRE(set);
  MemoryWorld world;
  REQUIRE((*set)->run(an_event("x"), world));
  CHECK(world.memories["a/word"] == "\"found\"");
}

}  // namespace
}  // namespace hookswitch
