// What engine:deliver, event, advance and at give: the events, what rules asked for, the answer, the call as it stands.
#include "engine/base/limits.h"
#include "engine/rules/arguments.h"
#include "engine/rules/lua_json.h"
#include "engine/rules/read_only.h"
#include "engine/rules/sandbox.h"
#include "engine/state/calls.h"
#include "engine/workbench/test_script.h"

namespace hookswitch {
namespace {

Json shown_event(const BenchEvent& one) {
  Json out{{"type", one.event.type},
           {"id", one.event.id},
           {"time", one.event.time_ms},
           {"duplicate", one.duplicate},
           {"effects", one.effects},
           {"rules", one.rules},
           {"data", parse_json(one.event.data)}};
  if (!one.event.subject.empty()) out["subject"] = one.event.subject;
  if (!one.tenant.empty()) out["tenant"] = one.tenant;
  if (!one.call.empty()) out["call_id"] = one.call;
  return out;
}

Json list_of(const std::vector<BenchEvent>& events) {
  Json out = Json::array();
  for (const BenchEvent& one : events) out.push_back(shown_event(one));
  return out;
}

Json effects_of(const std::vector<BenchEvent>& events) {
  Json out = Json::array();
  for (const BenchEvent& one : events) out.insert(out.end(), one.effects.begin(), one.effects.end());
  return out;
}

Json shown_reply(const Answer& answer) {
  Json out{{"status", answer.status}, {"content_type", answer.content_type}, {"body", answer.body}};
  Json json = parse_json(answer.body);
  if (!json.is_discarded() && answer.content_type.find("json") != std::string::npos) out["json"] = std::move(json);
  return out;
}

/// The call that the events are about, as it stands after them.
std::optional<Call> call_of(lua_State* lua, const std::vector<BenchEvent>& events) {
  for (const BenchEvent& one : events) {
    if (one.call.empty()) continue;
    auto reader = bench_of(lua).read();
    if (!reader) raise(lua, reader.error().message);
    auto id = resolve_call_id(**reader, one.call);
    auto call = get_call(**reader, id.value_or(one.call));
    if (call && *call) return std::move(**call);
  }
  return std::nullopt;
}

constexpr const char* kFields[] = {"type",  "id",   "time", "data",  "subject", "tenant", "call_id", "duplicate",
                                   "rules", "call", "dead", "reply", "effects", "events", "fired"};

/// Upvalue 1: why it became a dead letter, or nil. Asking is looking at it.
int field(lua_State* lua) {
  if (lua_type(lua, 2) != LUA_TSTRING) return 0;
  const std::string_view name = lua_tostring(lua, 2);
  if (name == "dead") {
    bench_of(lua).saw_dead();
    lua_pushvalue(lua, lua_upvalueindex(1));
    return 1;
  }
  const std::vector<std::string_view> known(std::begin(kFields), std::end(kFields));
  if (std::find(known.begin(), known.end(), name) != known.end()) return 0;
  raise(lua, fmt::format("what came of an event has no field '{}'{}", name, suggestion(name, known)));
}

}  // namespace

void push_outcome(lua_State* lua, const BenchOutcome& outcome) {
  const auto& about = outcome.events.empty() ? outcome.fired : outcome.events;
  Json out = about.empty() ? Json::object() : shown_event(about.front());
  out["effects"] = effects_of(about);
  out["events"] = list_of(outcome.events);
  out["fired"] = list_of(outcome.fired);
  if (outcome.reply) out["reply"] = shown_reply(*outcome.reply);
  push_json(lua, out);
  if (auto call = call_of(lua, about)) {
    push_call(lua, *call);
    lua_setfield(lua, -2, "call");
  }
  lua_createtable(lua, 0, 1);
  if (outcome.dead.empty()) {
    lua_pushnil(lua);
  } else {
    lua_pushstring(lua, outcome.dead.front().reason.c_str());
  }
  lua_pushcclosure(lua, guarded<field>, 1);
  lua_setfield(lua, -2, "__index");
  lua_setmetatable(lua, -2);
}

}  // namespace hookswitch
