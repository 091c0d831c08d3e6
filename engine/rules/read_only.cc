#include "engine/rules/read_only.h"

#include <fmt/format.h>

#include "engine/base/nearest.h"
#include "engine/rules/sandbox.h"
#include "engine/rules/text_keys.h"
#include "engine/rules/text_of.h"

namespace hookswitch {
namespace {

/// Upvalue 1: the name. The table looked into is the first argument.
int missing(lua_State* lua) {
  const char* name = lua_tostring(lua, lua_upvalueindex(1));
  if (lua_type(lua, 2) != LUA_TSTRING) return luaL_error(lua, "%s is not a list", name);
  const std::string hint = suggestion(text_at(lua, 2), text_keys(lua, 1).views());
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

std::string suggestion(std::string_view wrong, const std::vector<std::string_view>& known) {
  const std::string best = nearest(wrong, std::vector<std::string>(known.begin(), known.end()));
  return best.empty() ? "" : fmt::format(": did you mean '{}'?", best);
}

}  // namespace hookswitch
