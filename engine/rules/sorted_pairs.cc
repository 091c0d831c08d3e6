#include "engine/rules/sorted_pairs.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <vector>

#include "engine/rules/lazy_object.h"
#include "engine/rules/sandbox.h"

namespace hookswitch {
namespace {

/// A key that can be compared without asking Lua. `place` is where lua_next met it, for keys of other kinds.
struct Key {
  int rank = 0;
  lua_Integer integer = 0;
  double number = 0;
  std::string_view text;
  int place = 0;
  auto tuple() const { return std::tie(rank, integer, number, text, place); }
  bool operator<(const Key& other) const { return tuple() < other.tuple(); }
};

/// The text points into the Lua string.
Key key_at(lua_State* lua, int index, int place) {
  switch (lua_type(lua, index)) {
    case LUA_TNUMBER:
      if (lua_isinteger(lua, index)) return {.rank = 0, .integer = lua_tointeger(lua, index)};
      return {.rank = 1, .number = lua_tonumber(lua, index)};
    case LUA_TSTRING: {
      size_t size = 0;
      const char* text = lua_tolstring(lua, index, &size);
      return {.rank = 2, .text = {text, size}};
    }
    case LUA_TBOOLEAN:
      return {.rank = 3, .integer = lua_toboolean(lua, index)};
    default:
      return {.rank = 4, .place = place};
  }
}

struct Keys {
  std::vector<Key> keys;
  std::vector<char> bytes;  // of their texts: none depends on the table
  lua_Integer count = 0;
  bool is_list = true;  // exactly 1..n in order: needs neither keys nor a table of them
};

/// Has the texts of the keys, whose bytes were copied one behind the other, point to the copies.
void own_texts(Keys& keys) {
  const char* at = keys.bytes.data();
  for (Key& key : keys.keys) {
    if (key.rank != 2) continue;
    key.text = {at, key.text.size()};
    at += key.text.size();
  }
}

/// The keys of a list, which were only counted.
void list_keys(Keys& keys) {
  for (lua_Integer at = 1; keys.is_list && at <= keys.count; ++at) keys.keys.push_back({.rank = 0, .integer = at});
  keys.is_list = false;
}

void add_key(lua_State* lua, const Key& key, Keys& out) {
  if (out.is_list && key.rank == 0 && key.integer == out.count + 1) {
    ++out.count;
    return;
  }
  list_keys(out);
  ++out.count;
  out.keys.push_back(key);
  Sandbox::of(lua).make_room(out.bytes.size() + key.text.size());
  out.bytes.insert(out.bytes.end(), key.text.begin(), key.text.end());
}

Keys keys_of(lua_State* lua, int table) {
  Keys out;
  lua_pushnil(lua);
  for (int place = 1; lua_next(lua, table) != 0; ++place) {
    lua_pop(lua, 1);
    add_key(lua, key_at(lua, -1, place), out);
  }
  own_texts(out);
  Sandbox::of(lua).charge(static_cast<uint64_t>(out.count) + out.bytes.size() / 64);
  if (!out.is_list) std::sort(out.keys.begin(), out.keys.end());
  return out;
}

void push_key(lua_State* lua, const Key& key) {
  if (key.rank == 0) return lua_pushinteger(lua, key.integer);
  if (key.rank == 1) return lua_pushnumber(lua, key.number);
  if (key.rank == 2) return static_cast<void>(lua_pushlstring(lua, key.text.data(), key.text.size()));
  lua_pushboolean(lua, static_cast<int>(key.integer));
}

/// Stores the keys of other kinds at their places in the table of keys on top.
void store_other_keys(lua_State* lua, int table, const std::vector<Key>& keys) {
  auto first = std::find_if(keys.begin(), keys.end(), [](const Key& key) { return key.rank == 4; });
  lua_Integer slot = first - keys.begin() + 1;
  if (first == keys.end()) return;
  lua_pushnil(lua);
  for (int place = 1; lua_next(lua, table) != 0; ++place) {
    lua_pop(lua, 1);
    if (key_at(lua, -1, place).rank != 4) continue;
    lua_pushvalue(lua, -1);
    lua_rawseti(lua, -3, slot++);
  }
}

void push_key_table(lua_State* lua, int table, const std::vector<Key>& keys) {
  lua_createtable(lua, static_cast<int>(keys.size()), 0);
  lua_Integer slot = 0;
  for (const Key& key : keys) {
    if (key.rank == 4) break;
    push_key(lua, key);
    lua_rawseti(lua, -2, ++slot);
  }
  store_other_keys(lua, table, keys);
}

/// Upvalues: the table of keys (nil for a list), how far it is. Entries removed on the way are left out.
int step(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);  // a rule may call it with anything
  lua_Integer at = lua_tointeger(lua, lua_upvalueindex(2));
  const bool is_list = lua_isnil(lua, lua_upvalueindex(1));
  const lua_Integer size = lua_tointeger(lua, lua_upvalueindex(3));
  while (++at <= size) {
    if (is_list) {
      lua_pushinteger(lua, at);
    } else {
      lua_rawgeti(lua, lua_upvalueindex(1), at);
    }
    lua_pushvalue(lua, -1);
    if (lua_rawget(lua, 1) == LUA_TNIL) {
      lua_pop(lua, 2);
      continue;
    }
    lua_pushinteger(lua, at);
    lua_replace(lua, lua_upvalueindex(2));
    return 2;
  }
  return 0;
}

void push_iterator(lua_State* lua, int table) {
  const Keys keys = keys_of(lua, table);
  if (keys.is_list) {
    lua_pushnil(lua);
  } else {
    push_key_table(lua, table, keys.keys);
  }
  lua_pushinteger(lua, 0);
  lua_pushinteger(lua, keys.count);
  lua_pushcclosure(lua, guarded<step>, 3);
}

}  // namespace

int sorted_pairs(lua_State* lua) {
  luaL_checkany(lua, 1);
  if (luaL_getmetafield(lua, 1, "__pairs") != LUA_TNIL) {
    lua_pushvalue(lua, 1);
    lua_call(lua, 1, 3);
    return 3;
  }
  luaL_checktype(lua, 1, LUA_TTABLE);
  lua_settop(lua, 1);
  push_plain_table(lua, 1);  // a lazy object converts itself first
  push_iterator(lua, 2);
  lua_insert(lua, 2);
  lua_pushnil(lua);
  return 3;
}

int sorted_next(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  lua_settop(lua, 2);
  push_plain_table(lua, 1);
  lua_pushvalue(lua, 2);  // on top for lua_next
  Keys found = keys_of(lua, 3);
  list_keys(found);
  auto at = found.keys.begin();
  if (!lua_isnil(lua, 2)) {
    const Key last = key_at(lua, 2, 0);
    if (last.rank == 4)
      return luaL_error(lua, "next: a key of type %s has no place in the order", luaL_typename(lua, 2));
    at = std::upper_bound(found.keys.begin(), found.keys.end(), last);
  }
  if (at == found.keys.end()) return lua_pushnil(lua), 1;
  if (at->rank == 4 && lua_isnil(lua, 2)) return lua_next(lua, 3);  // next(t) == nil asks whether it is empty
  if (at->rank == 4) return luaL_error(lua, "next: the table has keys that have no place in the order: use pairs");
  push_key(lua, *at);
  lua_pushvalue(lua, -1);
  lua_rawget(lua, 3);
  return 2;
}

}  // namespace hookswitch
