// string: patterns by RE2 (linear time), format and rep within bounds and without addresses; the rest is Lua's own.
#include <cstring>

#include "engine/rules/match.h"
#include "engine/rules/read_only.h"
#include "engine/rules/sandbox.h"
#include "engine/rules/text_of.h"

namespace hookswitch {
namespace {

/// Calls Lua's own function, upvalue 1, with what is on the stack.
int call_original(lua_State* lua) {
  lua_pushvalue(lua, lua_upvalueindex(1));
  lua_insert(lua, 1);
  lua_call(lua, lua_gettop(lua) - 1, LUA_MULTRET);
  return lua_gettop(lua);
}

int repeat(lua_State* lua) {
  size_t size = 0;
  size_t separator = 0;
  luaL_checklstring(lua, 1, &size);
  const lua_Integer count = luaL_checkinteger(lua, 2);
  luaL_optlstring(lua, 3, "", &separator);
  if (count <= 0 || size + separator == 0) return lua_pushliteral(lua, ""), 1;  // Lua would count even emptiness
  uint64_t total = 0;
  if (__builtin_mul_overflow(static_cast<uint64_t>(count), size + separator, &total)) total = UINT64_MAX / 2;
  Sandbox::of(lua).make_room(total);
  Sandbox::of(lua).charge(total / 16);
  return call_original(lua);
}

/// Where the conversion that begins behind a '%' ends: its letter.
const char* conversion(const char* at, const char* end) {
  while (at < end && std::strchr("-+ #0123456789.", *at) != nullptr) ++at;
  return at;
}

/// Tables and functions are printed without addresses, and %p not at all.
int format_string(lua_State* lua) {
  size_t size = 0;
  const char* at = luaL_checklstring(lua, 1, &size);
  const char* end = at + size;
  Sandbox::of(lua).charge(size / 16);
  int argument = 1;
  while ((at = static_cast<const char*>(memchr(at, '%', static_cast<size_t>(end - at)))) != nullptr) {
    at = conversion(at + 1, end);
    if (at >= end) break;
    if (*at == 'p')
      Sandbox::of(lua).deny("string.format('%p') is not available to rules: addresses differ between runs");
    if (*at != '%' && ++argument <= lua_gettop(lua) && *at == 's') {
      push_text_of(lua, argument);
      lua_replace(lua, argument);
    }
    ++at;
  }
  return call_original(lua);
}

int bytes(lua_State* lua) {
  const lua_Integer first = luaL_optinteger(lua, 2, 1);
  const lua_Integer last = luaL_optinteger(lua, 3, first);
  if (last != first) Sandbox::of(lua).charge(lua_rawlen(lua, 1));
  return call_original(lua);
}

template <int (*fn)(lua_State*)>
void wrap_original(lua_State* lua, const char* name) {
  lua_getfield(lua, -1, name);
  lua_pushcclosure(lua, guarded<fn>, 1);
  lua_setfield(lua, -2, name);
}

template <int (*fn)(lua_State*)>
void replace(lua_State* lua, const char* name) {
  lua_pushcfunction(lua, guarded<fn>);
  lua_setfield(lua, -2, name);
}

/// ("text"):method() looks into the read-only face on top, and nobody reaches the metatable.
void protect_string_metatable(lua_State* lua) {
  lua_pushliteral(lua, "");
  lua_getmetatable(lua, -1);
  lua_pushvalue(lua, -3);
  lua_setfield(lua, -2, "__index");
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_pop(lua, 2);
}

}  // namespace

void open_string(lua_State* lua) {
  const int globals = lua_gettop(lua);
  luaL_requiref(lua, "string", luaopen_string, 0);
  for (const char* name : {"dump", "pack", "unpack", "packsize"}) {
    lua_pushnil(lua);
    lua_setfield(lua, -2, name);
  }
  replace<string_find>(lua, "find");
  replace<string_match>(lua, "match");
  replace<string_gmatch>(lua, "gmatch");
  replace<string_gsub>(lua, "gsub");
  wrap_original<repeat>(lua, "rep");
  wrap_original<format_string>(lua, "format");
  wrap_original<bytes>(lua, "byte");
  make_read_only(lua, "string");
  protect_string_metatable(lua);
  lua_setfield(lua, globals, "string");
}

}  // namespace hookswitch
