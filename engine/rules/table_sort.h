// table.sort, the same in every run.
#pragma once

#include <lua.hpp>

namespace hookswitch {

/// table.sort(list, less?). Lists come out as from Lua's own, which for some orders picks its pivots by the clock.
int table_sort(lua_State* lua);

}  // namespace hookswitch
