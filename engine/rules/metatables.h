// setmetatable and getmetatable as rules have them.
//
// What Lua works with is a private copy of the rule's metatable: only the fields that Lua asks for, and none of those
// that the collector asks for. A rule that could make a table weak after all would see when garbage is collected.
#pragma once

#include <lua.hpp>

namespace hookswitch {

/// Sets both in the table on top. Once per state.
void open_metatables(lua_State* lua);

/// Reads every metatable given to setmetatable again: what a file set in it afterwards counts from now on.
void renew_metatables(lua_State* lua);

}  // namespace hookswitch
