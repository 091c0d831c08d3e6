// pairs and next in an order that does not depend on memory addresses: integers ascending, other numbers, strings by
// bytes, false, true. Keys of other kinds (tables, functions) come last, in no promised order.
#pragma once

#include <lua.hpp>

namespace hookswitch {

int sorted_pairs(lua_State* lua);
int sorted_next(lua_State* lua);

}  // namespace hookswitch
