// table.sort, the same in every run.
#pragma once

#include <lua.hpp>

namespace hookswitch {

/// table.sort(list, less?). Items of which none comes before the other keep their order. On an error the list is as it
/// was. A function that gives no order ends in some order.
int table_sort(lua_State* lua);

}  // namespace hookswitch
