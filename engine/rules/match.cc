#include "engine/rules/match.h"

#include <cstdlib>
#include <cstring>

#include "engine/rules/matcher.h"
#include "engine/rules/sandbox.h"

namespace hookswitch {
namespace {

std::string_view text_argument(lua_State* lua, int index) {
  size_t size = 0;
  const char* text = luaL_checklstring(lua, index, &size);
  return {text, size};
}

std::string_view upvalue_text(lua_State* lua, int index) {
  size_t size = 0;
  const char* text = lua_tolstring(lua, lua_upvalueindex(index), &size);
  return {text, size};
}

/// find(text, needle, init, true): no pattern, but the same cost per byte.
int find_plain(lua_State* lua, std::string_view text, std::string_view needle, size_t from) {
  Sandbox::of(lua).charge(1 + (text.size() - from) / 16);
  const void* found = needle.empty() ? text.data() + from
                                     : memmem(text.data() + from, text.size() - from, needle.data(), needle.size());
  if (found == nullptr) return lua_pushnil(lua), 1;
  const auto begin = static_cast<const char*>(found) - text.data();
  lua_pushinteger(lua, begin + 1);
  lua_pushinteger(lua, begin + static_cast<lua_Integer>(needle.size()));
  return 2;
}

/// gmatch's iterator. Upvalues: text, pattern, where to go on, the end of the last match (-1: none yet).
int next_match(lua_State* lua) {
  const std::string_view text = upvalue_text(lua, 1);
  auto from = static_cast<size_t>(lua_tointeger(lua, lua_upvalueindex(3)));
  const lua_Integer last_end = lua_tointeger(lua, lua_upvalueindex(4));
  Matcher matcher(lua, text, upvalue_text(lua, 2), false);
  for (; from <= text.size() && matcher.find(from); from = matcher.end() + 1) {
    if (static_cast<lua_Integer>(matcher.end()) == last_end) continue;  // the empty match behind the last one
    lua_pushinteger(lua, static_cast<lua_Integer>(matcher.end()));
    lua_copy(lua, -1, lua_upvalueindex(3));
    lua_replace(lua, lua_upvalueindex(4));
    return matcher.push_captures(true);
  }
  return 0;
}

/// What gsub puts in place of a match.
class Replacement {
 public:
  Replacement(lua_State* lua, int index) : lua_(lua), index_(index), type_(lua_type(lua, index)) {
    luaL_argexpected(lua, type_ == LUA_TNUMBER || type_ == LUA_TSTRING || type_ == LUA_TTABLE || type_ == LUA_TFUNCTION,
                     index, "string/function/table");
  }

  void append(const Matcher& matcher, std::string& out) {
    if (type_ == LUA_TSTRING || type_ == LUA_TNUMBER) return append_template(matcher, out);
    push_value(matcher);
    if (!lua_toboolean(lua_, -1)) {
      lua_pop(lua_, 1);
      matcher.push_whole();
    } else if (!lua_isstring(lua_, -1)) {
      luaL_error(lua_, "invalid replacement value (a %s)", luaL_typename(lua_, -1));
    }
    append_top(out);
  }

 private:
  void push_value(const Matcher& matcher) {
    if (type_ == LUA_TFUNCTION) {
      lua_pushvalue(lua_, index_);
      const int arguments = matcher.push_captures(true);
      lua_call(lua_, arguments, 1);
    } else {
      push_first(matcher);
      lua_gettable(lua_, index_);
    }
  }

  static void push_first(const Matcher& matcher) {
    matcher.captures() == 0 ? matcher.push_whole() : matcher.push_capture(0);
  }

  void append_top(std::string& out) {
    size_t size = 0;
    const char* text = lua_tolstring(lua_, -1, &size);
    append_bytes({text, size}, out);
    lua_pop(lua_, 1);
  }

  void append_bytes(std::string_view bytes, std::string& out) {
    Sandbox::of(lua_).charge(bytes.size() / 16);
    Sandbox::of(lua_).make_room(2 * (out.size() + bytes.size()));
    out.append(bytes);
  }

  /// %0 is the whole match, %1 to %9 the captures, %% a percent sign.
  void append_template(const Matcher& matcher, std::string& out) {
    size_t size = 0;
    const char* text = lua_tolstring(lua_, index_, &size);
    const std::string_view replacement(text, size);
    for (size_t at = 0; at < size;) {
      const size_t escape = std::min(replacement.find('%', at), size);
      append_bytes(replacement.substr(at, escape - at), out);
      if (escape == size) return;
      append_escape(matcher, escape + 1 < size ? replacement[escape + 1] : '\0', out);
      at = escape + 2;
    }
  }

  void append_escape(const Matcher& matcher, char escape, std::string& out) {
    if (escape == '%') return append_bytes("%", out);
    if (escape < '0' || escape > '9') luaL_error(lua_, "invalid use of '%%' in replacement string");
    const auto at = static_cast<size_t>(escape - '0');
    if (at == 0 || (at == 1 && matcher.captures() == 0)) {
      matcher.push_whole();
    } else if (at > matcher.captures()) {
      luaL_error(lua_, "invalid capture index %%%d in replacement string", static_cast<int>(at));
    } else {
      matcher.push_capture(at - 1);
    }
    append_top(out);
  }

  lua_State* lua_;
  int index_;
  int type_;
};

}  // namespace

int string_find(lua_State* lua) {
  const std::string_view text = text_argument(lua, 1);
  const std::string_view pattern = text_argument(lua, 2);
  const auto from = start_of(luaL_optinteger(lua, 3, 1), text.size());
  if (!from) return lua_pushnil(lua), 1;
  if (lua_toboolean(lua, 4)) return find_plain(lua, text, pattern, *from);
  Matcher matcher(lua, text, pattern, true);
  if (!matcher.find(*from)) return lua_pushnil(lua), 1;
  lua_pushinteger(lua, static_cast<lua_Integer>(matcher.begin()) + 1);
  lua_pushinteger(lua, static_cast<lua_Integer>(matcher.end()));
  return 2 + matcher.push_captures(false);
}

int string_match(lua_State* lua) {
  const std::string_view text = text_argument(lua, 1);
  const std::string_view pattern = text_argument(lua, 2);
  const auto from = start_of(luaL_optinteger(lua, 3, 1), text.size());
  if (!from) return lua_pushnil(lua), 1;
  Matcher matcher(lua, text, pattern, true);
  if (!matcher.find(*from)) return lua_pushnil(lua), 1;
  return matcher.push_captures(true);
}

int string_gmatch(lua_State* lua) {
  const std::string_view text = text_argument(lua, 1);
  const std::string_view pattern = text_argument(lua, 2);
  const auto from = start_of(luaL_optinteger(lua, 3, 1), text.size());
  Matcher(lua, text, pattern, false);  // a wrong pattern is an error here, not in the loop
  lua_settop(lua, 2);
  lua_pushinteger(lua, static_cast<lua_Integer>(from.value_or(text.size() + 1)));
  lua_pushinteger(lua, -1);
  lua_pushcclosure(lua, guarded<next_match>, 4);
  return 1;
}

/// As Lua: an empty match right behind the last match does not count.
int string_gsub(lua_State* lua) {
  const std::string_view text = text_argument(lua, 1);
  const std::string_view pattern = text_argument(lua, 2);
  Replacement replacement(lua, 3);
  const lua_Integer most = luaL_optinteger(lua, 4, static_cast<lua_Integer>(text.size()) + 1);
  std::string out;
  size_t copied = 0;
  size_t from = 0;
  lua_Integer count = 0;
  lua_Integer last_end = -1;
  while (count < most && from <= text.size()) {
    Matcher matcher(lua, text, pattern, true);  // anew: a replacing function may use patterns itself
    if (!matcher.find(from)) break;
    if (static_cast<lua_Integer>(matcher.end()) == last_end) {
      if (matcher.anchored()) break;
      ++from;
      continue;
    }
    ++count;
    out.append(text.substr(copied, matcher.begin() - copied));
    const size_t end = matcher.end();
    const bool anchored = matcher.anchored();  // not known any more after a call back into Lua
    replacement.append(matcher, out);
    copied = from = end;
    last_end = static_cast<lua_Integer>(end);
    if (anchored) break;
  }
  out.append(text.substr(copied));
  lua_pushlstring(lua, out.data(), out.size());
  lua_pushinteger(lua, count);
  return 2;
}

}  // namespace hookswitch
