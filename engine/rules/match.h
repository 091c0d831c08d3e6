// string.find, match, gmatch and gsub on translated patterns.
#pragma once

#include <lua.hpp>

namespace hookswitch {

int string_find(lua_State* lua);
int string_match(lua_State* lua);
int string_gmatch(lua_State* lua);
int string_gsub(lua_State* lua);

}  // namespace hookswitch
