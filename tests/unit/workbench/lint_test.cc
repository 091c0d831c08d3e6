// What `hookswitch check` finds in rules without running them.
#include <catch2/catch.hpp>
#include <fstream>
#include <set>

#include "engine/workbench/lint.h"
#include "engine/workbench/lua_tokens.h"

namespace hookswitch {
namespace {

const std::vector<std::string> kProviders = {"elevenlabs", "twilio"};

RuleInfo rule_on(std::vector<std::string> on) {
  RuleInfo rule;
  rule.name = "r";
  rule.file = "r.lua";
  rule.on = std::move(on);
  return rule;
}

/// Everything found in one file, a line each, errors with "!".
std::vector<std::string> found_in(const std::string& text, const std::vector<RuleInfo>& rules = {},
                                  const std::vector<std::string>& sinks = {}) {
  RuleSource source;
  source.rules["r.lua"] = text;
  std::vector<std::string> out;
  for (const LintFinding& finding : lint(source, rules, kProviders, sinks)) {
    out.push_back((finding.is_error ? "! " : "") + finding.text());
  }
  return out;
}

/// In the third line of a handler.
std::vector<std::string> found_in_handler(const std::string& line) {
  return found_in(
      "local text = require 'hookswitch.text'\nreturn { name = 'r', on = '*', handle = function(event, ctx)\n" + line +
      "\nreturn text, event, ctx end }");
}

struct Wrong {
  const char* line;
  const char* finding;
};

const Wrong kWrong[] = {
    {"ctx.kpis:add('x')", "! r.lua:3: ctx has no 'kpis' (did you mean kpi?)"},
    {"ctx.kpi:ad('x')", "! r.lua:3: ctx.kpi has no 'ad' (did you mean add?)"},
    {"ctx.kpi.add('x')", "! r.lua:3: ctx.kpi.add: found '.', expected ctx.kpi:add(...)"},
    {"ctx:log('x')", "! r.lua:3: ctx:log: found a colon, expected ctx.log"},
    {"local kpi = ctx.kpi kpi:ad('x')", "! r.lua:3: ctx.kpi has no 'ad' (did you mean add?)"},
    {"local c = ctx.call; if c then return c.form end", "! r.lua:3: ctx.call has no 'form' (did you mean from?)"},
    {"local call = ctx.call ctx.log('x', { call = call.id, n = 1 }) return call.form",
     "! r.lua:3: ctx.call has no 'form' (did you mean from?)"},
    {"local c = ctx.call local t = {} t.c = { f = function() t.c = 1 end, c = 2 } return c.form, t",
     "! r.lua:3: ctx.call has no 'form' (did you mean from?)"},
    {"local t = require('hookswitch.text') return t.mtch",
     "! r.lua:3: t has no 'mtch' (did you mean match?)"},
    {"local c = ctx.call local function f() local c = ctx.call return c end return f, c.form",
     "! r.lua:3: ctx.call has no 'form' (did you mean from?)"},
    {"text.mtch('a', 'b')", "! r.lua:3: text has no 'mtch' (did you mean match?)"},
    {"text:match('a', 'b')", "! r.lua:3: text:match: found ':', expected text.match(...)"},
    {"local x = require 'hookswitch.txt' return x",
     "! r.lua:3: require: there is no module 'hookswitch.txt' (did you mean hookswitch.text?)"},
    {"return event.dat", "! r.lua:3: event has no 'dat' (did you mean data?)"},
    {"return ctx.call.dispostion", "! r.lua:3: ctx.call has no 'dispostion' (did you mean disposition?)"},
    {"ctx.call:update { metadata = { any = 1 }, intnt = 'x' }",
     "! r.lua:3: ctx.call:update: a call has no 'intnt' (did you mean intent?)"},
    {"ctx.call:update({ ['sentimnt'] = 'x' })",
     "! r.lua:3: ctx.call:update: a call has no 'sentimnt' (did you mean sentiment?)"},
    {"ctx.call:update { created_at = 1 }", "! r.lua:3: ctx.call:update: rules may not set 'created_at'"},
    {"ctx.call.intent = 'x'", "! r.lua:3: ctx.call.intent cannot be assigned: use ctx.call:update{...}"},
    {"ctx.now = 1", "! r.lua:3: ctx.now cannot be assigned"},
    {"os.time()", "! r.lua:3: os is not available to rules: use ctx.now and hookswitch.time"},
    {"return prnt",
     "! r.lua:3: there is no global 'prnt', expected a local, a parameter or a function of Lua (did you mean "
     "print?)"},
};

TEST_CASE("a name that is not there is found with its line and what may be meant") {
  for (const Wrong& wrong : kWrong) {
    INFO(wrong.line);
    CHECK(found_in_handler(wrong.line) == std::vector<std::string>{wrong.finding});
  }
}

const char* const kRight[] = {
    "-- ctx.kpi:nothing()\n--[[ ctx.nothing ]] local s = 'ctx.nothing' .. \"os.time\" .. [==[ event.nothing ]==] "
    "return s",
    "ctx.call:update { disposition = 'x', metadata = { anything = ctx.now }, variables = { os = 1 } }",
    "local t = { os = 1, print = 2 } t.os = t.print return t",
    "for os, print in pairs({}) do ctx.log(os, print) end",
    "local function helper(ctx, call) ctx.log(call.whatever) end helper(ctx, ctx.call)",
    "local add = ctx.kpi.add add(ctx.kpi, 'x')",
    "local task = ctx.call and ctx.tasks:get(ctx.call.task_id) if task then ctx.log('a', { k = task.key }) end",
    "local m = ctx.call and ctx.call.metadata return m.vip",
    "local words = ctx.call and event:said('user') words:find('a')",
    "local time = ctx.call or {} return time.anything",
    "local there = ctx.call ~= nil return there.anything",
    "local words = require('hookswitch.text') and event:said('user') words:find('a')",
    "local match = require 'hookswitch.text'.match return match.anything",
    "local x <const> = 1 goto done ::done:: return x",
    "do local ctx = { anything = 1 } ctx.anything = 2 end",
    "local a, b = 1, 2 a, b = b, a return a + 0x1p-3 + 1e-5 + b // 2",
    "return event:said('user'), event.data.anything",
    "repeat local again = false until not again",
    "local call = ctx.call call = { foo = 1 } ctx.log('x', { k = call.foo })",
    "local call, n = nil, 1 local kpi = ctx.kpi n, kpi = 2, { anything = 1 } return n, call, kpi.anything",
    "if event.data.made then ctx = { anything = 1 } end return ctx.anything",
    "return _ENV, (function(self) return self end)",
};

TEST_CASE("nothing is found in rules that are right") {
  for (const char* line : kRight) {
    INFO(line);
    CHECK(found_in_handler(line).empty());
  }
}

TEST_CASE("a handler may call its parameters as it likes") {
  CHECK(found_in("return { name = 'r', on = '*', handle = function(e, c) c.kpi:ad(e.dta) end }") ==
        std::vector<std::string>{"! r.lua:1: ctx.kpi has no 'ad' (did you mean add?)",
                                 "! r.lua:1: event has no 'dta' (did you mean data?)"});
}

TEST_CASE("memory outside ctx.state is suspicious") {
  const auto found = found_in("local seen = 0\nreturn { handle = function(event, ctx)\n  seen = seen + 1\nend }");
  REQUIRE(found.size() == 1);
  CHECK(found[0].starts_with("r.lua:3: seen is set while events are handled"));
}

TEST_CASE("a table outside all functions that a handler changes is suspicious, one that it reads is not") {
  const std::string begin = "local seen = {}\nreturn { handle = function(event, ctx)\n";
  for (const char* change :
       {"seen.last = event.id", "seen[event.id] = true", "seen[#seen + 1] = event.id",
        "seen.by[event.data['id']].count = 1", "table.insert(seen, event.id)", "table.remove(seen, 1)"}) {
    INFO(change);
    const auto found = found_in(begin + change + "\nreturn ctx end }");
    REQUIRE(found.size() == 1);
    CHECK(found[0].starts_with("r.lua:3: seen is changed while events are handled"));
  }
  for (const char* look :
       {"if seen.last == event.id then return end", "local x = { seen = 1, [seen[1]] = 2 } return x",
        "local t = {} table.insert(t, seen) t.seen = seen", "for _, x in ipairs(seen) do return x end"}) {
    INFO(look);
    CHECK(found_in(begin + look + "\nreturn ctx end }").empty());
  }
}

/// The names in the first column of the README's table of event types, without those that stand for many.
std::set<std::string> types_of_readme() {
  std::ifstream file(HOOKSWITCH_SOURCE_DIR "/rules/README.md");
  std::set<std::string> out;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    inside = line.starts_with("| `event.type`") || (inside && line.starts_with("|"));
    if (!inside || line.starts_with("| `event.type`")) continue;
    const std::string first = line.substr(1, line.find('|', 1) - 1);
    for (size_t at = first.find('`'); at != std::string::npos; at = first.find('`', at + 1)) {
      const size_t end = first.find('`', at + 1);
      const std::string name = first.substr(at + 1, end - at - 1);
      if (name.find('<') == std::string::npos) out.insert(name);
      at = end;
    }
  }
  return out;
}

TEST_CASE("the event types that are known to be made are those of the README") {
  CHECK(types_of_readme() == std::set<std::string>(event_types().begin(), event_types().end()));
  for (const std::string& type : event_types()) CHECK(found_in("return {}", {rule_on({type})}).empty());
}

TEST_CASE("event types that nobody makes are suspicious, patterns that match none are wrong") {
  const std::string text = "return { name = 'r',\n on = {\n 'conversation.endd' } }";
  CHECK(found_in(text, {rule_on({"conversation.endd"})}) ==
        std::vector<std::string>{"r.lua:1: rule r never runs: nothing makes its events",
                                 "r.lua:3: on: found 'conversation.endd', expected an event type that the engine or a "
                                 "loaded plugin makes (did you mean conversation.ended?)"});
  CHECK(found_in("return { on = 'cal.*', name = 'r' }", {rule_on({"cal.*"})}).front() ==
        "! r.lua:1: on: no event type matches 'cal.*' (did you mean call.*?)");
  for (const char* known : {"*", "call.*", "conversation.ended", "twilio.action", "elevenlabs.anything", "twilio.*",
                            "command.task.create", "command.*"}) {
    INFO(known);
    CHECK(found_in("return {}", {rule_on({known})}).empty());
  }
  CHECK(found_in("return {}", {rule_on({"vonage.answer"})}).size() == 2);
  CHECK(found_in("return {}", {rule_on({"command.token.create"})}).size() == 2);
}

TEST_CASE("an event type that is said twice is suspicious") {
  CHECK(found_in("return { on = { 'call.*', 'call.ended' } }", {rule_on({"call.*", "call.ended"})}) ==
        std::vector<std::string>{"r.lua:1: on: 'call.ended' is in 'call.*' already"});
}

TEST_CASE("a timer's event is made when some rule sets the timer") {
  const std::string sets =
      "return { handle = function(_, ctx) ctx.timer:set { key = 'k', after = 1, name = 'follow', "
      "data = { name = 'other' } } end }";
  CHECK(found_in(sets, {rule_on({"timer.follow"})}).empty());
  CHECK(found_in(sets, {rule_on({"timer.folow", "*"})}) ==
        std::vector<std::string>{"r.lua:1: on: no rule sets a timer named 'folow' (did you mean timer.follow?)"});
  CHECK(found_in(sets, {rule_on({"timer.other", "*"})}).size() == 1);
  const std::string computes =
      "return { handle = function(event, ctx) ctx.timer:set { key = 'k', after = 1, "
      "name = 'a' .. event.id } end }";
  CHECK(found_in(computes, {rule_on({"timer.anything"})}).empty());
}

TEST_CASE("a shared file that nobody requires is suspicious") {
  RuleSource source;
  source.rules["r.lua"] = "local used = require 'lib.used' return used";
  source.library = {{"lib.used", "return {}"}, {"lib.idle", "return {}"}};
  const auto found = lint(source, {}, kProviders, {});
  REQUIRE(found.size() == 1);
  CHECK(found[0].text() == "lib/idle.lua:1: no rule requires this file");
}

TEST_CASE("a sink that is emitted to, neither configured nor asked for, is suspicious") {
  const std::string begin = "return { handle = function(event, ctx)\n";
  const auto found = [&](const std::string& line) { return found_in(begin + line + " end }", {}, {"call_log"}); };
  CHECK(found("ctx.emit('call_lgo', { a = 1 })") ==
        std::vector<std::string>{"r.lua:2: ctx.emit: the sink 'call_lgo' is not configured (did you mean call_log?): "
                                 "without ctx.has_sink 'call_lgo' before it, the event becomes a dead letter"});
  CHECK(found("if ctx.has_sink 'other' then ctx.emit('nosink', {}) end").size() == 1);
  for (const char* right :
       {"ctx.emit('call_log', {})", "if ctx.has_sink 'nosink' then ctx.emit('nosink', {}) end",
        "if not ctx.has_sink('nosink') then return end ctx.emit('nosink', {})",
        "local sink = 'nosink' if ctx.has_sink(sink) then ctx.emit('nosink', {}) end",
        "ctx.emit('no' .. 'sink', {})", "local function emit(...) ctx.log(...) end emit('nosink', {})"}) {
    INFO(right);
    CHECK(found(right).empty());
  }
}

TEST_CASE("the default rules are clean") {
  const std::string dir = HOOKSWITCH_SOURCE_DIR "/rules";
  auto source = read_rule_source(dir);
  auto rules = RuleSet::load(dir, {});
  REQUIRE((source && rules));
  for (const LintFinding& finding : lint(*source, (*rules)->rules(), kProviders, {})) {
    INFO(finding.text());
    CHECK(false);
  }
}

TEST_CASE("tokens keep their lines across long texts and comments") {
  const auto tokens = lua_tokens("#!first\nlocal a = [==[\nx]]\n]==] --[[\n\n]] b 'it\\'s' -- c\nd");
  REQUIRE(tokens.size() == 7);
  CHECK(tokens[3].text == "\nx]]\n");
  CHECK((tokens[4].text == "b" && tokens[4].line == 6));
  CHECK((tokens[5].text == "it\\'s" && tokens[5].kind == LuaToken::Kind::text));
  CHECK((tokens[6].text == "d" && tokens[6].line == 7));
  for (const char* broken : {"'never closed", "[[never closed", "--[==[ never closed", "'ends with \\", "["}) {
    CHECK(lua_tokens(broken).size() <= 1);
  }
}

}  // namespace
}  // namespace hookswitch
