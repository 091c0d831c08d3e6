// What rules do not get, each with the reason: better than "attempt to call a nil value".
#include <fmt/format.h>

#include "engine/rules/read_only.h"
#include "engine/rules/sandbox.h"
#include "engine/rules/text_keys.h"

namespace hookswitch {
namespace {

struct Denied {
  const char* name;
  const char* instead;
};

constexpr Denied kFunctions[] = {
    {"load", "rules are files"},
    {"loadfile", "rules are files"},
    {"loadstring", "rules are files"},
    {"dofile", "use require 'lib.<name>'"},
    {"collectgarbage", "memory is bounded and kept for you"},
    {"rawset", "assign to the table"},
    {"rawget", "read the table"},
    {"xpcall", "use pcall"},
    {"print", "use ctx.log"},
    {"warn", "use ctx.log"},
};

constexpr Denied kTables[] = {
    {"io", "rules have no files; they return effects"},
    {"os", "use ctx.now and hookswitch.time"},
    {"debug", "use ctx.log and `hookswitch trace`"},
    {"package", "use require 'lib.<name>'"},
    {"coroutine", "an event is handled in one go; use ctx.timer for later"},
};

std::string refusal(const std::string& name, const char* instead) {
  return fmt::format("{} is not available to rules: {}", name, instead);
}

/// Upvalues: name, what to use instead.
int refuse_call(lua_State* lua) {
  Sandbox::of(lua).deny(refusal(lua_tostring(lua, lua_upvalueindex(1)), lua_tostring(lua, lua_upvalueindex(2))));
}

int refuse_field(lua_State* lua) {
  const char* field = lua_type(lua, 2) == LUA_TSTRING ? lua_tostring(lua, 2) : "?";
  const std::string name = fmt::format("{}.{}", lua_tostring(lua, lua_upvalueindex(1)), field);
  Sandbox::of(lua).deny(refusal(name, lua_tostring(lua, lua_upvalueindex(2))));
}

void push_closure(lua_State* lua, const Denied& denied, lua_CFunction function) {
  lua_pushstring(lua, denied.name);
  lua_pushstring(lua, denied.instead);
  lua_pushcclosure(lua, function, 2);
}

void set_denied_table(lua_State* lua, int globals, const Denied& denied) {
  lua_newtable(lua);
  lua_createtable(lua, 0, 3);
  push_closure(lua, denied, guarded<refuse_field>);
  lua_setfield(lua, -2, "__index");
  forbid_changes(lua, denied.name);
  lua_setmetatable(lua, -2);
  lua_setfield(lua, globals, denied.name);
}

/// A name that nobody defined is a typing error, not nil.
int unknown_global(lua_State* lua) {
  const std::string name = lua_type(lua, 2) == LUA_TSTRING ? lua_tostring(lua, 2) : "?";
  const std::string hint = suggestion(name, text_keys(lua, 1).views());
  return luaL_error(lua, "there is no global '%s'%s", name.c_str(), hint.c_str());
}

}  // namespace

std::map<std::string, std::string> denied_globals() {
  std::map<std::string, std::string> out;
  for (const Denied& denied : kFunctions) out.emplace(denied.name, denied.instead);
  for (const Denied& denied : kTables) out.emplace(denied.name, denied.instead);
  return out;
}

void open_denied(lua_State* lua) {
  const int globals = lua_gettop(lua);
  for (const Denied& denied : kFunctions) {
    push_closure(lua, denied, guarded<refuse_call>);
    lua_setfield(lua, globals, denied.name);
  }
  for (const Denied& denied : kTables) set_denied_table(lua, globals, denied);
  lua_createtable(lua, 0, 1);
  lua_pushcfunction(lua, guarded<unknown_global>);
  lua_setfield(lua, -2, "__index");
  lua_setmetatable(lua, globals);
}

}  // namespace hookswitch
