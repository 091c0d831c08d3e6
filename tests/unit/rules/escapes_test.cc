// The escapes and exhaustions known from other sandboxes: each ends early, within little memory, named by how.
#include <sys/resource.h>

#include <ctime>

#include "tests/unit/rules/rule_runner.h"

namespace hookswitch {
namespace {

using Kind = RuleError::Kind;

constexpr RuleLimits kLimits{.memory_bytes = 0, .steps = 0, .cpu_ms = 300};

struct Attempt {
  const char* what;
  const char* body;
  Kind kind;
};

// What the instruction hook does not see: patterns, copying, comparing, sorting, walking.
const Attempt kExhaustions[] = {
    {"a pattern tries many states for every byte",
     "local text, x, t = require 'hookswitch.text', 1, {} "
     "for i = 1, 20000 do x = (x * 1103515245 + 12345) % 2147483648 t[i] = (x // 65536) % 2 == 0 and 'a' or 'b' end "
     "return text.match(table.concat(t):rep(200), '[ab]*a[ab]{900}x')",
     Kind::steps},
    {"every match looks ahead to the end of the text",
     "return require 'hookswitch.text'.find_all(('a'):rep(200000), 'a(.*b)?')", Kind::steps},
    {"every replacement looks ahead to the end of the text",
     "return require 'hookswitch.text'.replace(('a'):rep(200000), 'a(.*b)?', 'x')", Kind::steps},
    {"replacements grow", "return require 'hookswitch.text'.replace(('a'):rep(1e5), 'a', ('y'):rep(1e4))",
     Kind::memory},
    {"patterns are compiled without end",
     "local text = require 'hookswitch.text' for i = 1, 1e6 do pcall(text.match, 'a', '[a-z]{900}' .. i) end",
     Kind::steps},
    {"patterns that are too large are compiled again and again",
     "local text = require 'hookswitch.text' for i = 1, 1e6 do pcall(text.match, 'a', '((a{100}){100}){100}') end",
     Kind::steps},
    {"a pattern is as long as memory", "return ('a'):find(('(a-b)'):rep(800000))", Kind::error},
    {"an expression is as long as memory", "require 'hookswitch.text'.match('a', ('(a|b)'):rep(800000))", Kind::error},
    {"an expression has a thousand groups", "require 'hookswitch.text'.match('a', ('(a?)'):rep(1000))", Kind::error},
    {"an expression repeats repeats", "require 'hookswitch.text'.match('a', '((a{1000}){1000}){1000}')", Kind::error},
    {"a replacing function throws away the compiled patterns",
     "local n = 0 return (('ab'):rep(1e5):gsub('a', function() "
     "for i = 1, 600 do n = n + 1 ('x'):find('y+' .. n) end end))",
     Kind::steps},
    {"replacing functions replace", "local function f(s) return (s:gsub('.', f)) end return f('x')", Kind::error},
    {"keywords are compiled without end",
     "local text, w = require 'hookswitch.text', {} for i = 1, 1000 do w['word' .. i] = 1 end "
     "while true do text.keywords(w) end",
     Kind::steps},
    {"a phrase of many words nearly follows at every word of a text",
     "local a = ('a '):rep(20000) return require 'hookswitch.text'.contains_word(a:rep(5), a .. 'b')", Kind::steps},
    {"many phrases begin with every word of a text",
     "local text, w = require 'hookswitch.text', {} for i = 1, 8000 do w['a b' .. i] = 1 end "
     "return text.score(('a c '):rep(200000), w)",
     Kind::steps},
    {"many words begin and end as every word of a text",
     "local text, w = require 'hookswitch.text', {} for i = 10000, 18000 do w['ab' .. i] = 1 end "
     "return text.score(('ab99999 '):rep(200000), w)",
     Kind::steps},
    {"words are far from each other",
     "local text, w = require 'hookswitch.text', {} for i = 1, 8000 do w['a b' .. i] = 1 end "
     "return text.score('a' .. (' '):rep(4e6) .. 'c', w)",
     Kind::steps},
    {"phrases are compiled that are as long as memory",
     "local text, s, last = require 'hookswitch.text', ('a '):rep(2e6), nil "
     "for i = 1, 20 do last = text.keywords { [s] = i } end",
     Kind::memory},
    {"compiled words are hoarded",
     "local text, s, all = require 'hookswitch.text', ('a '):rep(2e5), {} "
     "for i = 1, 40 do all[i] = text.keywords { [s .. i] = i } end",
     Kind::memory},
    {"a replacement repeats a long match",
     "return require 'hookswitch.text'.replace(('a'):rep(4e6), 'a*', ([[\\0]]):rep(10000))", Kind::memory},
    {"long texts are compared",
     "local a, b = ('x'):rep(4e6) .. 'y', ('x'):rep(4e6) .. 'y' while true do local c = a == b end", Kind::steps},
    {"long texts are ordered",
     "local a, b = ('x'):rep(4e6) .. 'y', ('x'):rep(4e6) .. 'z' while true do local c = a < b end", Kind::steps},
    {"long texts are added", "local a = '0x' .. ('f'):rep(4e6) while true do local c = a + 1 end", Kind::steps},
    {"many arguments are copied",
     "local function f(...) while true do local n = select('#', ...) end end f(table.unpack({}, 1, 50000))",
     Kind::steps},
    {"more arguments than fit", "return select('#', table.unpack({}, 1, 900000))", Kind::memory},
    {"broken UTF-8 is skipped again and again",
     "local s = 'a' .. ('\\x80'):rep(4e6) local f = utf8.codes(s, true) while true do pcall(f, s, 1) end", Kind::steps},
    {"all code points are returned", "return utf8.codepoint(('a'):rep(2000000), 1, -1)", Kind::error},
    {"a long text is quoted", "while true do local s = ('%q'):format(('\\0'):rep(1e6)) end", Kind::steps},
    {"a comparator sorts",
     "local t = {3, 2, 1} local function less() table.sort({3, 2, 1}, less) return false end table.sort(t, less)",
     Kind::error},
    {"a list is as long as the second one to ask is told",
     "local n = 0 local t = setmetatable({}, {__len = function() n = n + 1 return n == 1 and 1 or 1 << 40 end}) "
     "table.insert(t, 1, 'x')",
     Kind::error},
    {"a list of claimed length is sorted",
     "local n = 0 local t = setmetatable({}, {__len = function() n = n + 1 return n == 1 and 1 or 2000000000 end}) "
     "table.sort(t, rawequal)",
     Kind::error},
    {"a list of claimed length is put together",
     "local n = 0 local t = setmetatable({}, {__len = function() n = n + 1 return n == 1 and 1 or 1 << 40 end, "
     "__index = function() return '' end}) return table.concat(t)",
     Kind::error},
    {"every item of a list leads through a thousand tables",
     "local t = {} for i = 1, 1000 do t = setmetatable({}, {__index = t}) end "
     "return #table.pack(table.unpack(t, 1, 50000))",
     Kind::steps},
    {"long texts are sorted",
     "local a = ('x'):rep(4e6) local b, t = a .. 'y', {} a = a .. 'x' "
     "for i = 1, 10000 do t[i] = i % 2 == 0 and a or b end table.sort(t)",
     Kind::steps},
    {"pairs is begun again and again",
     "local t = {} for i = 1, 50000 do t['k' .. i] = i end while true do for _ in pairs(t) do break end end",
     Kind::steps},
    {"a list grows at its front", "local t = {} for i = 1, 1e6 do table.insert(t, 1, i) end", Kind::steps},
    {"a for loop takes tiny steps", "for i = 0, 1, 1e-300 do end", Kind::steps},
    {"a for loop counts all integers", "for i = math.mininteger, math.maxinteger do end", Kind::steps},
    {"goto goes back", "::again:: goto again", Kind::steps},
    {"JSON is decoded into ever more", "return require 'hookswitch.json'.decode('[' .. ('1,'):rep(3e6) .. '1]')",
     Kind::memory},
    {"JSON is nested without end", "return require 'hookswitch.json'.decode(('['):rep(1e6) .. (']'):rep(1e6))",
     Kind::memory},
    {"JSON escapes grow", "return #require 'hookswitch.json'.encode(('\\0'):rep(3e6)) > 0 and error('came through')",
     Kind::steps},
    {"effects hold a big text each",
     "local s = ('x'):rep(4e6) for i = 1, 900 do ctx.activity:add { kind = 'k', title = 't', detail = s } end",
     Kind::steps},
    {"more effects than an event may have",
     "for i = 1, 1e6 do ctx.timer:set { key = 'k' .. i, after = 1, name = 'n' } end", Kind::error},
    {"a number has ever more dimensions", "local d = {} for i = 1, 1e5 do d['k' .. i] = 'v' end ctx.kpi:add('x', 1, d)",
     Kind::error},
    {"unknown zones are remembered",
     "local time, i = require 'hookswitch.time', 0 while true do i = i + 1 pcall(time.in_zone, 0, 'X/' .. i) end",
     Kind::steps},
    {"calls are looked up without end", "while true do ctx.calls:get('x') end", Kind::steps},
    {"lines are logged without end", "while true do ctx.log('x') end", Kind::steps},
};

// Metatables, and every way to a function that is not there.
const Attempt kEscapes[] = {
    {"__index leads through a long chain",
     "local t = {} for i = 1, 3000 do t = setmetatable({}, {__index = t}) end return t.x", Kind::error},
    {"__index is itself", "local t = {} setmetatable(t, {__index = t}) t = setmetatable(t, {__index = t}) return t.x",
     Kind::error},
    {"__newindex is itself", "local t = {} setmetatable(t, {__newindex = t}) t.x = 1", Kind::error},
    {"__eq asks itself",
     "local m = {} m.__eq = function(a, b) return a == b end return setmetatable({}, m) == setmetatable({}, m)",
     Kind::error},
    {"__lt asks itself",
     "local m = {} m.__lt = function(a, b) return a < b end return setmetatable({}, m) < setmetatable({}, m)",
     Kind::error},
    {"__concat asks itself",
     "local m = {} m.__concat = function(a, b) return a .. b end return setmetatable({}, m) .. 'x'", Kind::error},
    {"__call calls itself", "local m = {} m.__call = function(t) return t() end return (setmetatable({}, m)())",
     Kind::steps},
    {"__len runs on", "return #setmetatable({}, {__len = function() while true do end end})", Kind::steps},
    {"__pairs runs on", "for _ in pairs(setmetatable({}, {__pairs = function() while true do end end})) do end",
     Kind::steps},
    {"an error's __tostring is not asked", "error(setmetatable({}, {__tostring = function() while true do end end}))",
     Kind::error},
    {"an error as long as memory", "error(('x'):rep(4e6))", Kind::error},
    {"__close is set", "setmetatable({}, {__close = function() end})", Kind::denied},
    {"__close is set late", "local m = {} local t = setmetatable({}, m) m.__close = function() end local x <close> = t",
     Kind::error},
    {"an environment of one's own", "local _ENV = {} return print('x')", Kind::error},
    {"the environment's metatable", "return setmetatable(_ENV, {})", Kind::error},
    {"the environment is written", "_ENV.x = 1", Kind::error},
    {"the environment is moved into", "table.move({1}, 1, 1, 1, _ENV)", Kind::error},
    {"the environment is marked as a list", "require 'hookswitch.json'.array(_ENV)", Kind::error},
    {"ctx is marked as a list", "require 'hookswitch.json'.array(ctx.kpi)", Kind::error},
    {"a library is inserted into", "table.insert(string, 'x')", Kind::error},
    {"the text library by its metatable", "return getmetatable('').__index", Kind::error},
    {"io by the environment", "return _ENV.io.open('/etc/passwd')", Kind::denied},
    {"os by a name put together", "return _ENV['o' .. 's']['execute']('true')", Kind::denied},
    {"debug by require", "return require 'debug'", Kind::error},
    {"a file by require", "return require '../../../etc/passwd'", Kind::error},
    {"a file below lib by require", "return require 'lib.../../x'", Kind::error},
    {"load with bytecode", "return load('\\27Lua')", Kind::denied},
    {"load by a chunk of pieces", "return load(function() return 'return 1' end)", Kind::denied},
    {"a coroutine by wrap", "return coroutine.wrap(function() end)", Kind::denied},
    {"a coroutine by close", "return coroutine.close()", Kind::denied},
    {"yield across the engine", "return (('x'):gsub('x', function() coroutine.yield() end))", Kind::denied},
    {"unpack binary", "return string.unpack('i16', 'x')", Kind::error},
    {"pack without end", "return string.pack('!' .. ('i16'):rep(1000), 1)", Kind::error},
    {"a number of 99999 digits", "return ('%99999d'):format(1)", Kind::error},
    {"raw access", "return rawget(ctx, 'now')", Kind::denied},
    {"a handler for errors", "xpcall(function() while true do end end, function() while true do end end)",
     Kind::denied},
};

void check(const Attempt& attempt) {
  const RuleError error = error_of(attempt.body, kLimits);
  INFO(attempt.what << ": " << error.message().substr(0, 200));
  CHECK(static_cast<int>(error.kind) == static_cast<int>(attempt.kind));
  CHECK(error.line == 1);
  CHECK(error.reason.size() <= 5000);
}

TEST_CASE("whatever exhausts other sandboxes ends within its budget, named by which, in little memory") {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  [[maybe_unused]] const long before_kb = usage.ru_maxrss;
  for (const Attempt& attempt : kExhaustions) check(attempt);
  getrusage(RUSAGE_SELF, &usage);
#if !defined(__SANITIZE_ADDRESS__)
  CHECK(usage.ru_maxrss - before_kb < 256 * 1024);
#endif
}

TEST_CASE("whatever leads out of other sandboxes leads nowhere") {
  for (const Attempt& attempt : kEscapes) check(attempt);
}

TEST_CASE("a finalizer that is set late never runs, and a table that is made weak late keeps what it has") {
  CHECK(value_of("local m, ran = {}, false local t = setmetatable({}, m) m.__gc = function() ran = true end t = nil "
                 "for i = 1, 50000 do local x = {} end return ran") == false);
  CHECK(value_of("local m = {} local t = setmetatable({}, m) m.__mode = 'kv' "
                 "for i = 1, 100 do t[i] = {} t['k' .. i] = {} t[{}] = i end "
                 "for i = 1, 50000 do local x = {} end "
                 "local n = 0 for _ in pairs(t) do n = n + 1 end return n") == 300);
}

TEST_CASE("keys stay what they are while a table that was made weak late is written as JSON") {
  const Json written = value_of(
      "local json, base, m = require 'hookswitch.json', ('k'):rep(20000), {} local t = setmetatable({}, m) "
      "m.__mode = 'v' for i = 1, 15 do t['a' .. i .. base] = true end for i = 1, 15 do t['z' .. i .. base] = {} end "
      "local n = 0 for key in pairs(json.decode(json.encode(t))) do n = n + #key end return n");
  CHECK(written == 2 * (9 * 20'002 + 6 * 20'003));
}

TEST_CASE("CPU time ends a few instructions that take long") {
  const char* kOrders[] = {
      "local z = ('\\0'):rep(7e6) local a, b = z, z .. 'b' z = nil for i = 1, 1e6 do local c = a < b end",
      "local z = ('\\0'):rep(4e6) local a, b, t = z, z .. 'b', {} for i = 1, 1e4 do t[i] = i % 2 == 0 and a or b end "
      "table.sort(t)",
  };
  for (const char* body : kOrders) {
    const std::clock_t start = std::clock();
    CHECK(error_of(body, kLimits).kind == Kind::steps);
    CHECK(std::clock() - start < 5 * CLOCKS_PER_SEC);
  }
}

TEST_CASE("a step is an instruction also where long texts are kept") {
  Runner few("for i = 1, 100000 do end");
  Runner with_texts("local long = ('x'):rep(2000000) for i = 1, 100000 do end");
  REQUIRE(few.run());
  REQUIRE(with_texts.run());
  CHECK(few.last.steps >= 100'000);
  CHECK(with_texts.last.steps >= few.last.steps);
  CHECK(with_texts.last.steps < few.last.steps + 200'000);
}

TEST_CASE("CPU time ends what steps do not count") {
  const RuleError error = error_of("while true do local a = ('x'):rep(100) == ('x'):rep(100) end",
                                   {.memory_bytes = 0, .steps = 1ULL << 40, .cpu_ms = 50});
  CHECK(error.kind == Kind::steps);
  CHECK(error.reason == "it takes more than the 50 ms of processor time a rule may use");
}

}  // namespace
}  // namespace hookswitch
