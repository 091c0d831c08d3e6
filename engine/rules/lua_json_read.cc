// From Lua values to JSON.
#include <fmt/format.h>

#include <cmath>

#include "engine/base/limits.h"
#include "engine/rules/lazy_object.h"
#include "engine/rules/lua_json.h"
#include "engine/rules/sandbox.h"
#include "engine/rules/text_keys.h"

namespace hookswitch {
namespace {

constexpr size_t kNodeBytes = 64;  // what a JSON value costs outside Lua, about

/// Reads one value; knows where it is, for the message.
class Reader {
 public:
  Reader(lua_State* lua, const char* function, const char* what) : lua_(lua), function_(function), what_(what) {}

  Json value(int index, int depth) {
    Sandbox::of(lua_).charge(1);
    Sandbox::of(lua_).make_room(++nodes_ * kNodeBytes + bytes_);
    switch (lua_type(lua_, index)) {
      case LUA_TNIL:
        return nullptr;
      case LUA_TBOOLEAN:
        return lua_toboolean(lua_, index) != 0;
      case LUA_TNUMBER:
        return number(index);
      case LUA_TSTRING:
        return text(index);
      case LUA_TTABLE:
        return table(lua_absindex(lua_, index), depth);
      default:
        if (is_null(lua_, index)) return nullptr;
        refuse(fmt::format("a {} is no JSON value", luaL_typename(lua_, index)));
    }
  }

 private:
  [[noreturn]] void refuse(const std::string& why) {
    luaL_error(lua_, "%s: %s: %s", function_, what_, why.c_str());
    std::abort();  // luaL_error does not return
  }

  Json number(int index) {
    if (lua_isinteger(lua_, index)) return lua_tointeger(lua_, index);
    const double number = lua_tonumber(lua_, index);
    if (!std::isfinite(number)) refuse("NaN and infinity are no JSON values");
    return number;
  }

  Json text(int index) {
    size_t size = 0;
    const char* text = lua_tolstring(lua_, index, &size);
    bytes_ += size;
    Sandbox::of(lua_).charge(size / 16);
    return std::string(text, size);
  }

  Json table(int index, int depth) {
    if (depth >= static_cast<int>(limits::kJsonDepth)) {
      refuse(fmt::format("the table is nested deeper than {}, or contains itself", limits::kJsonDepth));
    }
    luaL_checkstack(lua_, 8, "JSON is nested too deep");
    const bool marked = is_marked_array(lua_, index);
    push_plain_table(lua_, index);
    const int plain = lua_gettop(lua_);
    lua_pushnil(lua_);
    const bool empty = lua_next(lua_, plain) == 0;
    const bool list = marked || (!empty && lua_type(lua_, -2) == LUA_TNUMBER);
    lua_settop(lua_, plain);
    Json out = list ? array(plain, depth) : object(plain, depth);
    lua_settop(lua_, plain - 1);
    return out;
  }

  Json array(int index, int depth) {
    const auto size = static_cast<lua_Integer>(lua_rawlen(lua_, index));
    check_list(index, size);
    Json out = Json::array();
    for (lua_Integer at = 1; at <= size; ++at) {
      if (lua_rawgeti(lua_, index, at) == LUA_TNIL) refuse(fmt::format("the list has a hole at {}", at));
      out.push_back(value(-1, depth + 1));
      lua_pop(lua_, 1);
    }
    return out;
  }

  /// Every key is one of 1..size.
  void check_list(int index, lua_Integer size) {
    bool hole = false, other = false;
    lua_pushnil(lua_);
    while (lua_next(lua_, index) != 0) {
      lua_pop(lua_, 1);
      other |= lua_type(lua_, -1) != LUA_TNUMBER;
      hole |= !lua_isinteger(lua_, -1) || lua_tointeger(lua_, -1) < 1 || lua_tointeger(lua_, -1) > size;
    }
    if (other) refuse("a table has both list items and named fields");
    if (hole) refuse("a list has a hole: use json.null for what is missing");
  }

  Json object(int index, int depth) {
    TextKeys found = text_keys(lua_, index);
    if (found.numbers) refuse("a table has both list items and named fields");
    if (!found.other.empty()) refuse(fmt::format("a key is a {}, expected text", found.other));
    Json out = Json::object();
    auto& members = out.get_ref<Json::object_t&>();
    for (std::string& key : found.keys) {
      bytes_ += key.size();
      Sandbox::of(lua_).charge(key.size() / 16);
      lua_pushlstring(lua_, key.data(), key.size());
      lua_rawget(lua_, index);
      members.emplace_hint(members.end(), std::move(key), value(-1, depth + 1));
      lua_pop(lua_, 1);
    }
    return out;
  }

  lua_State* lua_;
  const char* function_;
  const char* what_;
  size_t nodes_ = 0;
  size_t bytes_ = 0;
};

}  // namespace

Json read_json(lua_State* lua, int index, const char* function, const char* what) {
  return Reader(lua, function, what).value(index, 0);
}

}  // namespace hookswitch
