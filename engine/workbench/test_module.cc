// require "hookswitch.test": naming tests, and making payloads.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/base/limits.h"
#include "engine/rules/api.h"
#include "engine/rules/arguments.h"
#include "engine/rules/lua_json.h"
#include "engine/rules/read_only.h"
#include "engine/workbench/mismatch.h"
#include "engine/workbench/test_checks.h"
#include "engine/workbench/test_payload.h"
#include "engine/workbench/test_script.h"

namespace hookswitch {
namespace {

int calling_line(lua_State* lua) {
  lua_Debug info;
  if (lua_getstack(lua, 1, &info) == 0) return 0;
  lua_getinfo(lua, "l", &info);
  return info.currentline;
}

int reference(lua_State* lua, int index) {
  lua_pushvalue(lua, index);
  return luaL_ref(lua, LUA_REGISTRYINDEX);
}

void add_test(lua_State* lua, NamedTest test) {
  TestContext& context = TestScript::context_of(lua);
  if (context.bench != nullptr) raise(lua, "a test cannot name further tests");
  if (context.tests.size() >= limits::kRuleTestsPerFile) {
    raise(lua, fmt::format("a file names more than {} tests", limits::kRuleTestsPerFile));
  }
  context.tests.push_back(std::move(test));
}

int test(lua_State* lua) {
  const auto arguments = Arguments::function(lua, "t.test");
  std::string name(arguments.text(1, "name"));
  if (!lua_isfunction(lua, 2)) arguments.expected(2, "test", "a function(engine)");
  add_test(lua, {std::move(name), calling_line(lua), reference(lua, 2), LUA_NOREF});
  return 0;
}

/// The name of one case: its key, its field `name`, or all of it.
std::string case_name(lua_State* lua, int key, int value) {
  if (lua_type(lua, key) == LUA_TSTRING) return lua_tostring(lua, key);
  if (lua_istable(lua, value)) {
    lua_pushliteral(lua, "name");
    const bool named = lua_rawget(lua, value) == LUA_TSTRING;
    std::string name = named ? lua_tostring(lua, -1) : "";
    lua_pop(lua, 1);
    if (named) return name;
  }
  return shown(read_json(lua, value, "t.each", "cases"));
}

int each(lua_State* lua) {
  const auto arguments = Arguments::function(lua, "t.each");
  const std::string name(arguments.text(1, "name"));
  arguments.table(2, "cases");
  if (!lua_isfunction(lua, 3)) arguments.expected(3, "test", "a function(engine, case)");
  const int line = calling_line(lua);
  lua_getglobal(lua, "pairs");  // the sandbox's own: in order
  lua_pushvalue(lua, 2);
  lua_call(lua, 1, 3);
  const int iterator = lua_gettop(lua) - 2;
  for (;;) {
    for (int i = 0; i < 3; ++i) lua_pushvalue(lua, iterator + i);
    lua_call(lua, 2, 2);
    if (lua_isnil(lua, -2)) return 0;
    const int value = lua_gettop(lua);
    add_test(lua, {name + ": " + case_name(lua, value - 1, value), line, reference(lua, 3), reference(lua, value)});
    lua_pop(lua, 1);
    lua_replace(lua, iterator + 2);
  }
}

int fixture(lua_State* lua) {
  const auto arguments = Arguments::function(lua, "t.fixture");
  const std::string name(arguments.text(1, "name"));
  auto payload = read_payload(TestScript::context_of(lua).folder, name);
  if (!payload) arguments.refuse(payload.error().message);
  Json value = payload->form ? form_fields(payload->body) : parse_json(payload->body);
  if (value.is_discarded()) arguments.refuse(fmt::format("{}: found no JSON", name));
  if (arguments.has(2)) value.merge_patch(arguments.json(2, "changes"));
  push_json(lua, value);
  if (payload->form) mark_form(lua);
  return 1;
}

int form(lua_State* lua) {
  Arguments::function(lua, "t.form").table(1, "fields");
  lua_settop(lua, 1);
  mark_form(lua);
  return 1;
}

}  // namespace

void push_test_module(lua_State* lua) {
  lua_newtable(lua);
  set_function<test>(lua, "test");
  set_function<each>(lua, "each");
  set_function<fixture>(lua, "fixture");
  set_function<form>(lua, "form");
  add_test_checks(lua);
  make_read_only(lua, "hookswitch.test");
}

}  // namespace hookswitch
