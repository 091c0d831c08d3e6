// The global functions rules may use: Lua's own where harmless, ours where its own would swallow a budget or print an
// address.
#include "engine/rules/metatables.h"
#include "engine/rules/read_only.h"
#include "engine/rules/sandbox.h"
#include "engine/rules/sorted_pairs.h"
#include "engine/rules/text_of.h"

namespace hookswitch {
namespace {

/// pcall that lets the end of the run through: otherwise `while true do pcall(f) end` would never end.
int protected_call(lua_State* lua) {
  luaL_checkany(lua, 1);
  lua_pushboolean(lua, 1);
  lua_insert(lua, 1);
  const int status = lua_pcall(lua, lua_gettop(lua) - 2, LUA_MULTRET, 0);
  Sandbox& sandbox = Sandbox::of(lua);
  if (status == LUA_ERRMEM) sandbox.note_out_of_memory();
  if (sandbox.stopped()) return lua_error(lua);
  if (status == LUA_OK) return lua_gettop(lua);
  lua_pushboolean(lua, 0);
  lua_insert(lua, -2);
  return 2;
}

int to_text(lua_State* lua) {
  luaL_checkany(lua, 1);
  push_text_of(lua, 1);
  return 1;
}

/// tonumber, paying for the length: a long text is read byte by byte.
int to_number(lua_State* lua) {
  if (lua_type(lua, 1) == LUA_TSTRING) Sandbox::of(lua).charge(lua_rawlen(lua, 1) / 16);
  lua_pushvalue(lua, lua_upvalueindex(1));
  lua_insert(lua, 1);
  lua_call(lua, lua_gettop(lua) - 1, 1);
  return 1;
}

void copy(lua_State* lua, int globals, const char* name) {
  lua_getglobal(lua, name);
  lua_setfield(lua, globals, name);
}

void set(lua_State* lua, int globals, const char* name, lua_CFunction function) {
  lua_pushcfunction(lua, function);
  lua_setfield(lua, globals, name);
}

}  // namespace

void open_base(lua_State* lua) {
  const int globals = lua_gettop(lua);
  luaL_requiref(lua, "_G", luaopen_base, 0);
  lua_pop(lua, 1);
  for (const char* name : {"assert", "error", "ipairs", "rawequal", "rawlen", "select", "type"}) {
    copy(lua, globals, name);
  }
  lua_getglobal(lua, "tonumber");
  lua_pushcclosure(lua, guarded<to_number>, 1);
  lua_setfield(lua, globals, "tonumber");
  set(lua, globals, "tostring", guarded<to_text>);
  set(lua, globals, "pcall", guarded<protected_call>);
  set(lua, globals, "pairs", guarded<sorted_pairs>);
  set(lua, globals, "next", guarded<sorted_next>);
  open_metatables(lua);
}

}  // namespace hookswitch
