// The parts of the table `engine` that rule tests get, one file each.
#pragma once

#include <cstdint>
#include <lua.hpp>
#include <memory>
#include <string>

#include "engine/base/json.h"
#include "engine/state/store.h"

namespace hookswitch {

/// Set functions in the table on top.
void add_given(lua_State* lua);  // what a test gives and what happens
void add_views(lua_State* lua);  // what became of it: call, calls, activity, timers, ...
void add_kpis(lua_State* lua);   // kpi, kpis
void add_tasks(lua_State* lua);  // put_task, task, tasks, actions

/// A time as RFC 3339 text or milliseconds; anything else is an error of the test.
int64_t time_argument(lua_State* lua, int index, const char* function);

/// The state as it is now. Raises an error of the test when it cannot be read.
std::unique_ptr<Reader> reader_of(lua_State* lua);

}  // namespace hookswitch
