// `ctx`: one table for the life of the state. Its members are found by Lua alone; what changes with the event is
// computed when it is looked at, but for the call, which every rule looks at.
#include <fmt/format.h>

#include "engine/rules/api.h"
#include "engine/rules/arguments.h"
#include "engine/rules/read_only.h"
#include "engine/rules/rule_context.h"

namespace hookswitch {
namespace {

const char kCtxKey = 0;      // registry: ctx
const char kMembersKey = 0;  // registry: what is found in it
const char kCallKey = 0;     // registry: ctx.call, where there is one

enum Dynamic : lua_Integer { kNow, kTenant, kSource, kCountry, kTimezone, kCall };

void push_text_or_nil(lua_State* lua, const std::string& text) {
  text.empty() ? lua_pushnil(lua) : static_cast<void>(lua_pushlstring(lua, text.data(), text.size()));
}

void push_dynamic(lua_State* lua, lua_Integer what) {
  const RuleContext& context = context_of(lua);
  switch (what) {
    case kNow:
      return lua_pushinteger(lua, context.event->time_ms);
    case kTenant:
      return push_text_or_nil(lua, context.world->tenancy().tenant);
    case kSource:
      return push_text_or_nil(lua, context.event->source);
    case kCountry:
      return push_text_or_nil(lua, context.world->tenancy().country);
    case kTimezone:
      return push_text_or_nil(lua, context.world->tenancy().timezone);
    default:
      return lua_pushnil(lua);  // an event about no call
  }
}

[[noreturn]] void no_such_member(lua_State* lua) {
  if (lua_type(lua, 2) != LUA_TSTRING) raise(lua, "ctx is not a list");
  const std::string_view name = lua_tostring(lua, 2);
  static const std::vector<std::string_view> kMembers = {
      "now",   "tenant",   "source", "country", "timezone", "call", "calls", "contacts", "kpi",  "agents",
      "timer", "activity", "action", "state",   "reply",    "log",  "fail",  "tasks",    "emit", "has_sink"};
  raise(lua, fmt::format("ctx has no '{}'{}", name, suggestion(name, kMembers)));
}

/// For what is not among the members. Upvalue 1: numbers for what changes with the event.
int index_ctx(lua_State* lua) {
  lua_pushvalue(lua, 2);
  if (lua_rawget(lua, lua_upvalueindex(1)) == LUA_TNIL) no_such_member(lua);
  push_dynamic(lua, lua_tointeger(lua, -1));
  return 1;
}

void set_dynamic(lua_State* lua, const char* name, Dynamic what) {
  lua_pushinteger(lua, what);
  lua_setfield(lua, -2, name);
}

void set_pushed(lua_State* lua, const char* name, void (*push)(lua_State*)) {
  push(lua);
  lua_setfield(lua, -2, name);
}

void push_dynamics(lua_State* lua) {
  lua_newtable(lua);
  set_dynamic(lua, "now", kNow);
  set_dynamic(lua, "tenant", kTenant);
  set_dynamic(lua, "source", kSource);
  set_dynamic(lua, "country", kCountry);
  set_dynamic(lua, "timezone", kTimezone);
  set_dynamic(lua, "call", kCall);
}

void push_ctx_members(lua_State* lua) {
  lua_newtable(lua);
  set_pushed(lua, "calls", push_api_calls);
  set_pushed(lua, "contacts", push_api_contacts);
  set_pushed(lua, "agents", push_api_agents);
  set_pushed(lua, "kpi", push_api_kpi);
  set_pushed(lua, "activity", push_api_activity);
  set_pushed(lua, "timer", push_api_timer);
  set_pushed(lua, "action", push_api_action);
  set_pushed(lua, "emit", push_api_emit);
  set_pushed(lua, "has_sink", push_api_has_sink);
  set_pushed(lua, "tasks", push_api_tasks);
  set_pushed(lua, "state", push_api_state);
  set_pushed(lua, "reply", push_api_reply);
  set_pushed(lua, "log", push_api_log);
  set_pushed(lua, "fail", push_api_fail);
}

}  // namespace

void open_ctx(lua_State* lua) {
  push_api_call(lua);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &kCallKey);

  lua_newtable(lua);
  lua_createtable(lua, 0, 3);
  push_ctx_members(lua);
  lua_createtable(lua, 0, 1);
  push_dynamics(lua);
  lua_pushcclosure(lua, guarded<index_ctx>, 1);
  lua_setfield(lua, -2, "__index");
  lua_setmetatable(lua, -2);
  lua_pushvalue(lua, -1);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &kMembersKey);
  lua_setfield(lua, -2, "__index");
  forbid_changes(lua, "ctx");
  lua_setmetatable(lua, -2);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &kCtxKey);
}

void bind_ctx(lua_State* lua) {
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &kMembersKey);
  const World* world = Sandbox::of(lua).context->world;
  const bool about_call = world != nullptr && world->call() != nullptr;
  about_call ? push_ctx_call(lua) : lua_pushnil(lua);
  lua_setfield(lua, -2, "call");
  lua_pop(lua, 1);
  forget_call_fields(lua);
}

void push_ctx(lua_State* lua) { lua_rawgetp(lua, LUA_REGISTRYINDEX, &kCtxKey); }
void push_ctx_call(lua_State* lua) { lua_rawgetp(lua, LUA_REGISTRYINDEX, &kCallKey); }

}  // namespace hookswitch
