// Values as text without addresses, so that two runs print the same.
#pragma once

#include <lua.hpp>
#include <string_view>

namespace hookswitch {

/// Pushes what tostring gives: __tostring when there is one, the type's name for tables and functions.
void push_text_of(lua_State* lua, int index);

/// The text at `index`, where it stays while it is on the stack. A number there becomes text.
std::string_view text_at(lua_State* lua, int index);

}  // namespace hookswitch
