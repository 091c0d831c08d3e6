#include "engine/rules/read_only.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "engine/rules/sandbox.h"
#include "engine/rules/text_keys.h"

namespace hookswitch {
namespace {

/// Edits (insert, delete, replace) from one word to the other.
size_t distance(std::string_view from, std::string_view to) {
  std::vector<size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 1; i <= from.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= to.size(); ++j) {
      const size_t replaced = diagonal + (from[i - 1] != to[j - 1] ? 1 : 0);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, replaced}));
    }
  }
  return row.back();
}

std::string_view view(lua_State* lua, int index) {
  size_t size = 0;
  const char* text = lua_tolstring(lua, index, &size);
  return {text, size};
}

/// Upvalue 1: the name. The table looked into is the first argument.
int missing(lua_State* lua) {
  const char* name = lua_tostring(lua, lua_upvalueindex(1));
  if (lua_type(lua, 2) != LUA_TSTRING) return luaL_error(lua, "%s is not a list", name);
  const std::string hint = suggestion(view(lua, 2), text_keys(lua, 1).keys);
  return luaL_error(lua, "%s has no '%s'%s", name, lua_tostring(lua, 2), hint.c_str());
}

int refuse_change(lua_State* lua) {
  return luaL_error(lua, "%s cannot be changed", lua_tostring(lua, lua_upvalueindex(1)));
}

}  // namespace

void forbid_changes(lua_State* lua, const char* name) {
  lua_pushstring(lua, name);
  lua_pushcclosure(lua, guarded<refuse_change>, 1);
  lua_setfield(lua, -2, "__newindex");
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
}

void make_read_only(lua_State* lua, const char* name) {
  lua_createtable(lua, 0, 1);  // of the table itself: what it lacks
  lua_pushstring(lua, name);
  lua_pushcclosure(lua, guarded<missing>, 1);
  lua_setfield(lua, -2, "__index");
  lua_setmetatable(lua, -2);

  lua_newtable(lua);  // the face
  lua_createtable(lua, 0, 3);
  lua_pushvalue(lua, -3);
  lua_setfield(lua, -2, "__index");
  forbid_changes(lua, name);
  lua_setmetatable(lua, -2);
  lua_remove(lua, -2);
}

std::string nearest(std::string_view wrong, const std::vector<std::string_view>& known) {
  std::string_view best;
  size_t least = std::max<size_t>(1, wrong.size() / 3) + 1;
  if (wrong.size() > 64) return {};
  for (std::string_view word : known) {
    if (word.size() > 64) continue;
    const size_t edits = distance(wrong, word);
    if (edits < least || (edits == least && word < best && !best.empty())) {
      least = edits;
      best = word;
    }
  }
  return std::string(best);
}

std::string suggestion(std::string_view wrong, const std::vector<std::string_view>& known) {
  const std::string best = nearest(wrong, known);
  return best.empty() ? "" : fmt::format(": did you mean '{}'?", best);
}

}  // namespace hookswitch
