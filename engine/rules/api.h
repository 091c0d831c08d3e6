// The tables of `ctx`, one file each: every function checks its arguments and asks the world or answers from it.
#pragma once

#include <lua.hpp>

#include "engine/rules/sandbox.h"
#include "engine/state/call.h"

namespace hookswitch {

// Each pushes a read-only table for `ctx`. Names and meaning: rules/_meta/ctx.lua.

void push_api_call(lua_State* lua);      // ctx.call, when there is one; see forget_call_fields
void push_api_calls(lua_State* lua);     // ctx.calls
void push_api_contacts(lua_State* lua);  // ctx.contacts
void push_api_agents(lua_State* lua);    // ctx.agents
void push_api_kpi(lua_State* lua);       // ctx.kpi
void push_api_activity(lua_State* lua);  // ctx.activity
void push_api_timer(lua_State* lua);     // ctx.timer
void push_api_action(lua_State* lua);    // ctx.action
void push_api_emit(lua_State* lua);      // ctx.emit, a function
void push_api_has_sink(lua_State* lua);  // ctx.has_sink, a function
void push_api_tasks(lua_State* lua);     // ctx.tasks
void push_api_state(lua_State* lua);     // ctx.state
void push_api_reply(lua_State* lua);     // ctx.reply, a function
void push_api_log(lua_State* lua);       // ctx.log, a function
void push_api_fail(lua_State* lua);      // ctx.fail, a function

/// ctx.call keeps what was looked at until a rule updates it or the next event begins, which says so here.
void forget_call_fields(lua_State* lua);

/// Pushes one field of a call as rules see it: times in milliseconds, unknown as nil.
void push_call_field(lua_State* lua, const Call& call, CallField field);
/// Pushes `variables`, `metadata` or `external_ids` as a fresh table.
void push_call_map(lua_State* lua, const Call& call, CallMap map);
void push_external_ids(lua_State* lua, const Call& call);

/// Sets a function in the table on top.
template <int (*fn)(lua_State*)>
void set_function(lua_State* lua, const char* name) {
  lua_pushcfunction(lua, guarded<fn>);
  lua_setfield(lua, -2, name);
}

}  // namespace hookswitch
