#include "engine/rules/text_keys.h"

#include <algorithm>

#include "engine/rules/sandbox.h"

namespace hookswitch {

TextKeys text_keys(lua_State* lua, int table) {
  TextKeys out;
  size_t bytes = 0;
  table = lua_absindex(lua, table);
  lua_pushnil(lua);
  while (lua_next(lua, table) != 0) {
    lua_pop(lua, 1);
    const int type = lua_type(lua, -1);
    if (type == LUA_TSTRING) {
      size_t size = 0;
      const char* text = lua_tolstring(lua, -1, &size);
      Sandbox::of(lua).make_room(bytes += size + sizeof(std::string));
      out.keys.emplace_back(text, size);
    } else if (type == LUA_TNUMBER) {
      out.numbers = true;
    } else {
      const std::string_view kind = lua_typename(lua, type);
      if (out.other.empty() || kind < out.other) out.other = kind;
    }
  }
  std::ranges::sort(out.keys);
  return out;
}

}  // namespace hookswitch
