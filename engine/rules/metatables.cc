#include "engine/rules/metatables.h"

#include <string>

#include "engine/rules/sandbox.h"

namespace hookswitch {
namespace {

const char kCopiesKey = 0;  // registry: from a rule's metatable to its copy, which does not keep it
const char kGivenKey = 0;   // in a copy: the rule's own

constexpr const char* kMetaFields[] = {"__index", "__newindex", "__call", "__tostring", "__pairs",    "__len",  "__eq",
                                   "__lt",    "__le",       "__add",  "__sub",      "__mul",      "__div",  "__mod",
                                   "__pow",   "__idiv",     "__unm",  "__band",     "__bor",      "__bxor", "__bnot",
                                   "__shl",   "__shr",      "__name", "__concat",   "__metatable"};
constexpr uint64_t kMetatableSteps = 8;

void copy_fields(lua_State* lua, int from, int to) {
  for (const char* field : kMetaFields) {
    lua_pushstring(lua, field);
    lua_pushvalue(lua, -1);
    lua_rawget(lua, from);
    lua_rawset(lua, to);
  }
}

/// Pushes the copy of the metatable at `given`, as that is now.
void push_copy(lua_State* lua, int given) {
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &kCopiesKey);
  lua_pushvalue(lua, given);
  if (lua_rawget(lua, -2) == LUA_TNIL) {
    lua_pop(lua, 1);
    lua_newtable(lua);
    lua_pushvalue(lua, given);
    lua_rawsetp(lua, -2, &kGivenKey);
    lua_pushvalue(lua, given);
    lua_pushvalue(lua, -2);
    lua_rawset(lua, -4);
  }
  lua_remove(lua, -2);
  copy_fields(lua, given, lua_gettop(lua));
}

void refuse_collector_fields(lua_State* lua) {
  for (const char* field : {"__gc", "__mode", "__close"}) {
    lua_pushstring(lua, field);
    if (lua_rawget(lua, 2) != LUA_TNIL) {
      Sandbox::of(lua).deny(std::string("setmetatable: ") + field + " is not available to rules");
    }
    lua_pop(lua, 1);
  }
}

int set_metatable(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  luaL_argexpected(lua, lua_isnoneornil(lua, 2) || lua_istable(lua, 2), 2, "nil or table");
  if (luaL_getmetafield(lua, 1, "__metatable") != LUA_TNIL)
    return luaL_error(lua, "cannot change a protected metatable");
  lua_settop(lua, 2);
  if (lua_istable(lua, 2)) {
    Sandbox::of(lua).charge(kMetatableSteps);
    refuse_collector_fields(lua);
    push_copy(lua, 2);
  }
  lua_setmetatable(lua, 1);
  lua_settop(lua, 1);
  return 1;
}

/// What the rule gave, not the copy of it. The engine's own metatables are nobody's business.
int get_metatable(lua_State* lua) {
  luaL_checkany(lua, 1);
  if (!lua_getmetatable(lua, 1)) return lua_pushnil(lua), 1;
  if (luaL_getmetafield(lua, 1, "__metatable") != LUA_TNIL) return 1;
  if (lua_rawgetp(lua, -1, &kGivenKey) == LUA_TNIL) lua_pushboolean(lua, 0);
  return 1;
}

}  // namespace

void open_metatables(lua_State* lua) {
  lua_newtable(lua);
  lua_createtable(lua, 0, 1);
  lua_pushliteral(lua, "k");
  lua_setfield(lua, -2, "__mode");
  lua_setmetatable(lua, -2);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &kCopiesKey);
  lua_pushcfunction(lua, guarded<set_metatable>);
  lua_setfield(lua, -2, "setmetatable");
  lua_pushcfunction(lua, guarded<get_metatable>);
  lua_setfield(lua, -2, "getmetatable");
}

void renew_metatables(lua_State* lua) {
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &kCopiesKey);
  const int copies = lua_gettop(lua);
  lua_pushnil(lua);
  while (lua_next(lua, copies) != 0) {
    copy_fields(lua, copies + 1, copies + 2);
    lua_pop(lua, 1);
  }
  lua_settop(lua, copies - 1);
}

}  // namespace hookswitch
