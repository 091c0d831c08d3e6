// What a rule cannot do, and how it ends when it tries.
#include <ctime>

#include "tests/unit/rules/rule_runner.h"

namespace hookswitch {
namespace {

using Kind = RuleError::Kind;

const char* name_of(Kind kind) {
  switch (kind) {
    case Kind::memory:
      return "memory";
    case Kind::steps:
      return "steps";
    case Kind::denied:
      return "denied";
    case Kind::gave_up:
      return "gave_up";
    default:
      return "error";
  }
}

struct Attempt {
  const char* what;
  const char* body;
  const char* kind;
};

const Attempt kAttempts[] = {
    {"loops for ever", "while true do end", "steps"},
    {"hides the loop in pcall", "while true do pcall(function() while true do end end) end", "steps"},
    {"nests pcall", "local function f() while true do pcall(f) end end f()", "steps"},
    {"hoards memory", "local t = {} for i = 1, 1e7 do t[i] = {i} end", "memory"},
    {"hoards memory behind pcall",
     "local t, s = {}, ('x'):rep(60000) while true do pcall(function() for i = 1, 1e6 do t[#t + 1] = s .. i end end) "
     "end",
     "memory"},
    {"grows one text", "local s = 'x' while true do s = s .. s end", "memory"},
    {"repeats a text", "return ('x'):rep(1e9)", "memory"},
    {"repeats a text behind pcall", "while true do pcall(string.rep, 'x', 1e9) end", "memory"},
    {"copies a big text again and again", "local s = ('x'):rep(4e6) for i = 1, 1e6 do local t = s .. i end", "steps"},
    {"repeats nothing very often", "for i = 1, 10 do (''):rep(2^53 // 1 | 0) end while true do end", "steps"},
    {"concatenates a list without end",
     "return table.concat(setmetatable({}, {__index = function() return 'xxxxxxxx' end}), '', 1, 1e9)", "steps"},
    {"unpacks too much", "return table.unpack({}, 1, 1e8)", "steps"},
    {"moves too much", "return table.move({}, 1, 1e9, 2)", "steps"},
    {"inserts into a list of claimed length",
     "table.insert(setmetatable({}, {__len = function() return 1e9 // 1 | 0 end}), 1, 1)", "error"},
    {"sorts with a comparator that loops", "table.sort({3, 2, 1}, function() while true do end end)", "steps"},
    {"replaces with ever more", "return (('x'):rep(1e5):gsub('x', ('y'):rep(1e4)))", "memory"},
    {"replaces with a function that loops", "return (('x'):gsub('x', function() while true do end end))", "steps"},
    {"formats a wide number", "return ('%1000d'):format(1)", "error"},
    {"calls itself without end", "local function f() return 1 + f() end return f()", "error"},
    {"calls itself through pcall", "local function f() pcall(f) pcall(f) end f()", "steps"},
    {"calls itself through tostring",
     "local t t = setmetatable({}, {__tostring = function() return tostring(t) end}) return tostring(t)", "error"},
    {"indexes itself without end",
     "local t = {} setmetatable(t, {__index = function(_, k) return t[k .. 'x'] end}) return t.a", "error"},
    {"loads source", "return load('return 1')", "denied"},
    {"loads a file", "return dofile('/etc/passwd')", "denied"},
    {"opens a file", "return io.open('/etc/passwd')", "denied"},
    {"asks for the time", "return os.time()", "denied"},
    {"runs a program", "os.execute('true')", "denied"},
    {"looks at the stack", "return debug.getinfo(1)", "denied"},
    {"makes a coroutine", "return coroutine.create(function() end)", "denied"},
    {"asks the collector", "return collectgarbage('count')", "denied"},
    {"rolls dice", "return math.random()", "denied"},
    {"sets a finalizer", "setmetatable({}, {__gc = function() while true do end end})", "denied"},
    {"makes a weak table", "setmetatable({}, {__mode = 'k'})", "denied"},
    {"assigns past metatables", "rawset(string, 'x', 1)", "denied"},
    {"prints an address", "return ('%p'):format({})", "denied"},
    {"writes a global", "x = 1", "error"},
    {"reads a global that is not there", "return prnt", "error"},
    {"changes a library", "string.len = nil", "error"},
    {"changes ctx", "ctx.now = 1", "error"},
    {"changes the text metatable", "getmetatable('').__index = nil", "error"},
    {"replaces the metatable of ctx", "setmetatable(ctx, {})", "error"},
    {"dumps a function", "return string.dump(function() end)", "error"},
    {"sends a sandboxed error with a table", "error({})", "error"},
    {"nests captures", "return ('x'):find(('('):rep(40) .. (')'):rep(40))", "error"},
    {"nests JSON too deep", "local t = {} for i = 1, 300 do t = {t} end return t", "error"},
    {"makes a cycle", "local t = {} t.t = t return t", "error"},
    {"doubles a list in JSON", "local t = {1} for i = 1, 40 do t = {t, t} end return t", "memory"},
    {"gives up", "ctx.fail('not ours')", "gave_up"},
    {"gives up behind pcall", "pcall(ctx.fail, 'not ours') ctx.state:put('still', 'here')", "gave_up"},
};

TEST_CASE("a rule that tries to escape or run away ends within its budget, named by how") {
  for (const Attempt& attempt : kAttempts) {
    const std::clock_t start = std::clock();
    const RuleError error = error_of(attempt.body);
    const std::clock_t took = std::clock() - start;  // CPU time: the machine may be busy with other things
    INFO(attempt.what << ": " << error.message());
    CHECK(std::string(name_of(error.kind)) == attempt.kind);
    CHECK(error.rule == "r");
    CHECK(error.file == "rule.lua");
    CHECK(error.line >= 1);
    CHECK(took < 8 * CLOCKS_PER_SEC);
  }
}

TEST_CASE("a set goes on working after every kind of end") {
  Runner runner(R"(
    if event.data.do_loop then while true do end end
    if event.data.do_hoard then local t = {} while true do t[#t + 1] = {} end end
    return "fine")");
  for (const char* data : {R"({"do_loop":true})", R"({"do_hoard":true})", R"({"do_loop":true})"}) {
    CHECK_FALSE(runner.run(an_event("x", data)));
    CHECK(runner.run(an_event("x", "{}")));
  }
}

TEST_CASE("a pattern that would take for ever in Lua takes linear time") {
  CHECK(value_of("return {('a'):rep(100000):find('.-.-.-.-.-.-.-.-b')}") == Json::object());
  CHECK(value_of("return (('a'):rep(30):match('a*a*a*a*a*a*a*a*b')) == nil") == true);
}

TEST_CASE("the limits of steps and memory are reached and exceeded") {
  const RuleLimits few{.memory_bytes = 1 << 20, .steps = 20'000};
  CHECK(Runner("for i = 1, 4000 do end", few).run());
  CHECK(error_of("for i = 1, 40000 do end", few).kind == Kind::steps);
  CHECK(Runner("local s = ('x'):rep(200000) return #s", few).run());
  CHECK(error_of("local s = ('x'):rep(1100000) return #s", few).kind == Kind::memory);
}

TEST_CASE("a run reports its steps and memory") {
  Runner runner("local t = {} for i = 1, 10000 do t[i] = i end");
  REQUIRE(runner.run());
  CHECK(runner.last.steps >= 20'000);
  CHECK(runner.last.memory_bytes >= 160'000);
}

TEST_CASE("pairs and next give keys in an order that does not depend on memory") {
  CHECK(value_of(R"(local keys = {}
    for k in pairs {b = 1, a = 1, [3] = 1, [1] = 1, [2.5] = 1, [-7] = 1, c = 1, [true] = 1} do keys[#keys + 1] = tostring(k) end
    return keys)") == Json::parse(R"(["-7","1","3","2.5","a","b","c","true"])"));
  CHECK(value_of(R"(local keys, t, k = {}, {z = 1, y = 2, [1] = 3}, nil
    repeat k = next(t, k); keys[#keys + 1] = k and tostring(k) until k == nil
    return keys)") == Json::parse(R"(["1","y","z"])"));
  CHECK(value_of("return next({}) == nil and next({[{}] = 1}) ~= nil") == true);
  CHECK(value_of("local t, n = {a = 1, b = 2, c = 3}, 0 for k in pairs(t) do t[k] = nil n = n + 1 end return n") == 3);
}

TEST_CASE("tables and functions are printed without addresses") {
  CHECK(value_of(
            "return {tostring({}), tostring(print), ('%s %s'):format({}, tostring), tostring(nil), tostring(1.0)}") ==
        Json::parse(R"(["table","function","table function","nil","1.0"])"));
}

TEST_CASE("errors name tables and functions without addresses") {
  for (const char* body : {
           "local n = (require 'hookswitch.json').null return n[{}]",
           "local n = (require 'hookswitch.json').null return n[print]",
           "return ctx[{}]",
           "return ctx.call[{}]",
           "return event[{}]",
           "return string[{}]",
           "_ENV[{}] = 1",
           "return _ENV[{}]",
           "return require({})",
           "return ({} < {})",
           "return {} .. 'x'",
           "return ('x'):rep({})",
           "return table.concat({{}})",
           "error({})",
           "error(tostring({}))",
           "error(('%s'):format(print))",
           "return (require 'hookswitch.json').null()",
       }) {
    INFO(body);
    CHECK(error_of(body).reason.find("0x") == std::string::npos);
  }
}

TEST_CASE("errors name the rule, the file, the line and the reason") {
  CHECK(error_of("\n\n  local x = nil\n  return x.y").message() ==
        "rule.lua:4: rule r: attempt to index a nil value (local 'x')");
  CHECK(error_of("error('so it is')").reason == "so it is");
  CHECK(error_of("return os.time()").reason == "os.time is not available to rules: use ctx.now and hookswitch.time");
  CHECK(error_of("return sting").reason == "there is no global 'sting': did you mean 'string'?");
  CHECK(error_of("ctx.kpi:ad('x')").reason == "ctx.kpi has no 'ad': did you mean 'add'?");
  CHECK(error_of("return ctx.cal").reason == "ctx has no 'cal': did you mean 'call'?");
}

TEST_CASE("bytecode is refused") {
  RuleDir dir;
  dir.add("code.lua", std::string("\x1bLua\x54", 5));
  auto set = RuleSet::load(dir.path(), {});
  REQUIRE_FALSE(set);
  CHECK(set.error().message.find("attempt to load a binary chunk") != std::string::npos);
}

}  // namespace
}  // namespace hookswitch
