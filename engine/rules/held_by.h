// How much a function holds in variables outside itself.
#pragma once

#include <cstddef>
#include <lua.hpp>

namespace hookswitch {

/// About so many bytes are reached from the variables of the function that is kept under `reference` in the registry:
/// through tables and through other functions.
size_t held_by(lua_State* lua, int reference);

}  // namespace hookswitch
