// `event` as rules see it: a small table made for each event, its data converted only when looked at.
#include <fmt/format.h>

#include "engine/rules/arguments.h"
#include "engine/rules/read_only.h"
#include "engine/rules/rule_context.h"
#include "engine/rules/sandbox.h"

namespace hookswitch {
namespace {

const char kEventKey = 0;  // registry: the event at hand
const char kMetaKey = 0;   // registry: what all events have in common

const std::vector<std::string_view> kEventFields = {"id",   "type", "source", "provider",   "subject",
                                               "time", "seq",  "data",   "wants_reply"};  // beside its methods

/// A known field that this event does not have is nil; an unknown one is a mistake. Upvalue: the methods.
int missing_field(lua_State* lua) {
  if (lua_type(lua, 2) != LUA_TSTRING) raise(lua, "event is not a list");
  lua_pushvalue(lua, 2);
  if (lua_rawget(lua, lua_upvalueindex(1)) != LUA_TNIL) return 1;
  const std::string_view name = lua_tostring(lua, 2);
  if (std::find(kEventFields.begin(), kEventFields.end(), name) != kEventFields.end()) return 0;
  raise(lua, fmt::format("event has no '{}'{}", name, suggestion(name, kEventFields)));
}

void set_text(lua_State* lua, const char* name, const std::string& text) {
  if (text.empty()) return;
  lua_pushlstring(lua, text.data(), text.size());
  lua_setfield(lua, -2, name);
}

void set_data(lua_State* lua, const Event& event, RuleContext& context) {
  static const std::string kEmpty = "{}";
  context.raw.begin(event.raw);
  context.data.begin(event.data.empty() ? kEmpty : event.data, event.parsed.get());
  context.data.push_face();  // outside any protected call
  lua_setfield(lua, -2, "data");
}

}  // namespace

const std::vector<std::string_view>& event_fields() { return kEventFields; }

void open_event(lua_State* lua) {
  lua_createtable(lua, 0, 3);
  lua_newtable(lua);
  set_event_methods(lua);
  lua_pushcclosure(lua, guarded<missing_field>, 1);
  lua_setfield(lua, -2, "__index");
  forbid_changes(lua, "event");
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &kMetaKey);
}

void bind_event(lua_State* lua) {
  RuleContext& context = *Sandbox::of(lua).context;
  const Event& event = *context.event;
  lua_createtable(lua, 0, static_cast<int>(kEventFields.size()));
  set_text(lua, "id", event.id);
  set_text(lua, "type", event.type);
  set_text(lua, "source", event.source);
  set_text(lua, "provider", event.provider);
  set_text(lua, "subject", event.subject);
  lua_pushinteger(lua, event.time_ms);
  lua_setfield(lua, -2, "time");
  lua_pushinteger(lua, static_cast<lua_Integer>(event.seq));
  lua_setfield(lua, -2, "seq");
  lua_pushboolean(lua, event.wants_reply);
  lua_setfield(lua, -2, "wants_reply");
  set_data(lua, event, context);
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &kMetaKey);
  lua_setmetatable(lua, -2);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &kEventKey);
  bind_ctx(lua);
}

void push_event(lua_State* lua) { lua_rawgetp(lua, LUA_REGISTRYINDEX, &kEventKey); }

}  // namespace hookswitch
