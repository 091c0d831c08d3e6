#include "engine/rules/table_sort.h"

#include <algorithm>
#include <climits>
#include <utility>

#include "engine/rules/sandbox.h"

namespace hookswitch {
namespace {

// Places on the stack.
constexpr int kList = 1;
constexpr int kLess = 2;   // a function, or nil for `<`
constexpr int kFirst = 3;  // two tables that the items go to and fro between
constexpr int kSecond = 4;

/// Whether the value on top comes before the one under it.
bool less(lua_State* lua) {
  Sandbox::of(lua).charge(1);
  if (lua_isnil(lua, kLess)) return lua_compare(lua, -1, -2, LUA_OPLT) != 0;
  lua_pushvalue(lua, kLess);
  lua_pushvalue(lua, -2);
  lua_pushvalue(lua, -4);
  lua_call(lua, 2, 1);
  const bool out = lua_toboolean(lua, -1) != 0;
  lua_pop(lua, 1);
  return out;
}

void take(lua_State* lua, int from, lua_Integer& at, int to, lua_Integer place) {
  lua_rawgeti(lua, from, at++);
  lua_rawseti(lua, to, place);
}

/// [begin, middle) and [middle, end) of `from` are in order; so is [begin, end) of `to` then.
void merge(lua_State* lua, int from, int to, lua_Integer begin, lua_Integer middle, lua_Integer end) {
  lua_Integer left = begin;
  lua_Integer right = middle;
  for (lua_Integer place = begin; place < end; ++place) {
    bool from_right = left == middle;
    if (!from_right && right < end) {
      lua_rawgeti(lua, from, left);
      lua_rawgeti(lua, from, right);
      from_right = less(lua);
      lua_pop(lua, 2);
    }
    take(lua, from, from_right ? right : left, to, place);
  }
}

}  // namespace

int table_sort(lua_State* lua) {
  const lua_Integer size = luaL_len(lua, kList);
  luaL_argcheck(lua, size < INT_MAX, kList, "array too big");
  if (!lua_isnoneornil(lua, kLess)) luaL_checktype(lua, kLess, LUA_TFUNCTION);
  lua_settop(lua, kLess);
  if (size < 2) return 0;
  Sandbox::of(lua).charge(static_cast<uint64_t>(size));
  lua_newtable(lua);
  lua_newtable(lua);
  for (lua_Integer at = 1; at <= size; ++at) {
    lua_geti(lua, kList, at);
    lua_rawseti(lua, kFirst, at);
  }
  int from = kFirst;
  int to = kSecond;
  for (lua_Integer width = 1; width < size; width *= 2, std::swap(from, to)) {
    for (lua_Integer begin = 1; begin <= size; begin += 2 * width) {
      merge(lua, from, to, begin, std::min(begin + width, size + 1), std::min(begin + 2 * width, size + 1));
    }
  }
  for (lua_Integer at = 1; at <= size; ++at) {
    lua_rawgeti(lua, from, at);
    lua_seti(lua, kList, at);
  }
  return 0;
}

}  // namespace hookswitch
