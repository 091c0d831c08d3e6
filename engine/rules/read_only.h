// Tables that rules can read but not change, and that answer a wrong name with the right one.
#pragma once

#include <lua.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace hookswitch {

/// Replaces the table on top by a read-only face of it. Looking up what it does not have raises
/// "<name> has no 'x': did you mean 'y'?"; assigning raises too. `name` must live for ever (a literal).
void make_read_only(lua_State* lua, const char* name);

/// Gives the metatable on top the entries that forbid assignment and hide the metatable.
void forbid_changes(lua_State* lua, const char* name);

/// ": did you mean 'x'?" or "".
std::string suggestion(std::string_view wrong, const std::vector<std::string_view>& known);

}  // namespace hookswitch
