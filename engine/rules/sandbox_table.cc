// table, math and utf8: Lua's own, but a function that walks a whole list pays for it.
#include <algorithm>

#include "engine/rules/read_only.h"
#include "engine/rules/sandbox.h"
#include "engine/rules/table_sort.h"

namespace hookswitch {
namespace {

constexpr uint64_t kChainMax = 2'000;    // tables that Lua looks into for one item before it gives up
constexpr uint64_t kItemsMax = 1 << 30;  // more than any run could pay for

/// Items from first to last, whatever they are.
uint64_t span(lua_Integer first, lua_Integer last) {
  return first > last ? 0 : static_cast<uint64_t>(last) - static_cast<uint64_t>(first) + 1;
}

/// Lua's own function asks for the length itself, and must find the same.
uint64_t length(lua_State* lua) {
  luaL_checkany(lua, 1);
  luaL_argcheck(lua, luaL_getmetafield(lua, 1, "__len") == LUA_TNIL, 1,
                "its metatable has __len, expected a plain list");
  return static_cast<uint64_t>(std::max<lua_Integer>(0, luaL_len(lua, 1)));
}

/// How many tables one item may lead through, from `__index` to `__index`.
uint64_t chain(lua_State* lua, int index, const char* event) {
  const int top = lua_gettop(lua);
  uint64_t tables = 1;
  lua_pushvalue(lua, index);
  while (tables < kChainMax && luaL_getmetafield(lua, -1, event) == LUA_TTABLE) {
    lua_replace(lua, top + 1);
    lua_settop(lua, top + 1);
    ++tables;
  }
  lua_settop(lua, top);
  return tables;
}

uint64_t chain(lua_State* lua, int index) {
  if (!lua_istable(lua, index)) return 1;
  return std::max(chain(lua, index, "__index"), chain(lua, index, "__newindex"));
}

uint64_t cost_of_length(lua_State* lua) { return length(lua) / 8 + 1; }

uint64_t cost_of_concat(lua_State* lua) {
  const lua_Integer last = lua_isnoneornil(lua, 4) ? static_cast<lua_Integer>(length(lua)) : luaL_checkinteger(lua, 4);
  return span(luaL_optinteger(lua, 3, 1), last);
}

uint64_t cost_of_unpack(lua_State* lua) {
  const lua_Integer last = lua_isnoneornil(lua, 3) ? static_cast<lua_Integer>(length(lua)) : luaL_checkinteger(lua, 3);
  return span(luaL_optinteger(lua, 2, 1), last);
}

uint64_t cost_of_move(lua_State* lua) { return span(luaL_checkinteger(lua, 2), luaL_checkinteger(lua, 3)); }

/// utf8.len and utf8.offset walk the text.
uint64_t cost_of_text(lua_State* lua) { return lua_type(lua, 1) == LUA_TSTRING ? lua_rawlen(lua, 1) / 8 : 0; }

/// Upvalue 1: Lua's own function.
template <uint64_t (*cost)(lua_State*)>
int charged(lua_State* lua) {
  const uint64_t items = std::min(cost(lua), kItemsMax);
  Sandbox::of(lua).charge(items * std::max(chain(lua, 1), chain(lua, 5)));  // 5: where table.move moves to
  const int arguments = lua_gettop(lua);
  lua_pushvalue(lua, lua_upvalueindex(1));
  lua_insert(lua, 1);
  lua_call(lua, arguments, LUA_MULTRET);
  return lua_gettop(lua);
}

/// Replaces a function of the library on top by one that charges.
template <uint64_t (*cost)(lua_State*)>
void charge_for(lua_State* lua, const char* name) {
  lua_getfield(lua, -1, name);
  lua_pushcclosure(lua, guarded<charged<cost>>, 1);
  lua_setfield(lua, -2, name);
}

int sort(lua_State* lua) {
  length(lua);
  return table_sort(lua);
}

int refuse_random(lua_State* lua) {
  Sandbox::of(lua).deny("math.random is not available to rules: the same event must give the same result");
}

void set_library(lua_State* lua, int globals, const char* name) {
  make_read_only(lua, name);
  lua_setfield(lua, globals, name);
}

}  // namespace

void open_table(lua_State* lua) {
  const int globals = lua_gettop(lua);
  luaL_requiref(lua, "table", luaopen_table, 0);
  charge_for<cost_of_length>(lua, "insert");
  charge_for<cost_of_length>(lua, "remove");
  charge_for<cost_of_concat>(lua, "concat");
  charge_for<cost_of_unpack>(lua, "unpack");
  charge_for<cost_of_move>(lua, "move");
  lua_pushcfunction(lua, guarded<sort>);
  lua_setfield(lua, -2, "sort");
  set_library(lua, globals, "table");
}

void open_math(lua_State* lua) {
  const int globals = lua_gettop(lua);
  luaL_requiref(lua, "math", luaopen_math, 0);
  for (const char* name : {"random", "randomseed"}) {
    lua_pushcfunction(lua, guarded<refuse_random>);
    lua_setfield(lua, -2, name);
  }
  set_library(lua, globals, "math");
  luaL_requiref(lua, "utf8", luaopen_utf8, 0);
  charge_for<cost_of_text>(lua, "len");
  charge_for<cost_of_text>(lua, "offset");
  charge_for<cost_of_text>(lua, "codepoint");
  set_library(lua, globals, "utf8");
}

}  // namespace hookswitch
