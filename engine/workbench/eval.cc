#include "engine/workbench/eval.h"

#include <fmt/format.h>

#include "engine/base/limits.h"
#include "engine/base/time_text.h"
#include "engine/processor/apply.h"
#include "engine/rules/lua_json.h"

namespace hookswitch {
namespace {

constexpr const char* kFile = "eval.lua";
constexpr const char* kParameters = "local event, ctx = ... ";

/// Whether the value at `index` is ctx.call, which has no fields of its own to list.
bool is_call(lua_State* lua, int index) {
  push_ctx(lua);
  lua_getfield(lua, -1, "call");
  const bool same = lua_istable(lua, -1) && lua_rawequal(lua, -1, index) != 0;
  lua_pop(lua, 2);
  return same;
}

Json effects_of(const Effects& effects) {
  Json out = Json::array();
  for (const Effect& effect : effects) {
    Json one = to_json(effect);
    one.erase("rule");
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace

Snippet::Snippet(std::string rule, LibraryFiles library, const RuleLimits& limits)
    : library_(std::move(library)), sandbox_(limits), context_(sandbox_.lua()) {
  lua_State* lua = sandbox_.lua();
  sandbox_.context = &context_;
  context_.said_lines = &log_;
  open_lua_json(lua);
  open_require(lua, library_);
  open_event(lua);
  open_ctx(lua);
  sandbox_.settle();
  RuleInfo info;
  info.name = std::move(rule);
  info.file = kFile;
  info.on = {"*"};
  infos_.push_back(std::move(info));
}

std::expected<void, RuleError> Snippet::compile(const std::string& code) {
  auto compiled = sandbox_.compile(kParameters + ("return " + code), kFile);
  if (!compiled) compiled = sandbox_.compile(kParameters + code, kFile);
  if (compiled) chunk_ = luaL_ref(sandbox_.lua(), LUA_REGISTRYINDEX);
  return compiled;
}

/// Upvalue 1: the snippet. Converting what is returned is part of the run, so that it is bounded with it.
int Snippet::call_and_collect(lua_State* lua) {
  auto& self = *static_cast<Snippet*>(lua_touserdata(lua, lua_upvalueindex(1)));
  lua_rawgeti(lua, LUA_REGISTRYINDEX, self.chunk_);
  push_event(lua);
  push_ctx(lua);
  lua_call(lua, 2, LUA_MULTRET);
  const int count = lua_gettop(lua);
  luaL_checkstack(lua, 8, "too many values");
  for (int at = 1; at <= count; ++at) {
    self.values_.push_back(is_call(lua, at) ? self.context_.world->call()->to_json()
                                            : read_json(lua, at, "eval", fmt::format("value {}", at).c_str()));
  }
  return 0;
}

std::expected<void, RuleError> Snippet::run(const Event& event, World& world,
                                            const std::function<void(const RuleRun&)>& on_run) {
  values_ = Json::array();
  log_.clear();
  lua_State* lua = sandbox_.lua();
  context_.event = &event;
  context_.world = &world;
  context_.rule = &infos_[0];
  context_.effects = context_.log_lines = 0;
  bind_event(lua);
  lua_pushlightuserdata(lua, this);
  lua_pushcclosure(lua, guarded<call_and_collect>, 1);
  auto out = sandbox_.call(0, 0);
  if (on_run) on_run({&infos_[0], sandbox_.steps(), sandbox_.memory_bytes(), 0});
  context_.data.end();
  context_.raw.end();
  context_.event = nullptr;
  context_.world = nullptr;
  context_.rule = nullptr;
  if (!out && out.error().file.empty()) out.error().file = kFile;
  return out;
}

Result<Json> evaluate_snippet(const Reader& reader, const Directory& directory, const Sources& sources,
                              const Event& event, int64_t arrived_ms, Snippet& snippet) {
  Evaluator evaluator(directory);
  Evaluation evaluation = evaluator.evaluate(reader, event, arrived_ms, snippet);
  RecordView record;
  record.source = event.source;
  Applier(sources, directory).check(record, evaluation);
  Json out{{"values", snippet.values()},
           {"effects", effects_of(evaluation.effects)},
           {"log", snippet.log()},
           {"event", {{"id", event.id}, {"type", event.type}, {"time", rfc3339(event.time_ms)}}},
           {"call", evaluation.about_call ? Json(evaluation.call.id()) : Json()},
           {"tenant", evaluation.tenancy.tenant.empty() ? Json() : Json(evaluation.tenancy.tenant)}};
  if (!evaluation.runs.empty()) {
    out["steps"] = evaluation.runs[0].steps;
    out["memory_bytes"] = evaluation.runs[0].memory_bytes;
  }
  if (evaluation.reply) out["reply"] = *evaluation.reply;
  if (evaluation.failure) out["error"] = *evaluation.failure;
  const size_t size = dump(out).size();
  if (size <= limits::kEvalAnswerBytes) return out;
  return fail(Code::too_large, "evaluate: found {} bytes of values and effects, expected at most {}", size,
              limits::kEvalAnswerBytes);
}

Result<Event> made_up_event(const Json& wish, const std::string& source, const std::string& provider, int64_t now_ms) {
  const auto wrong = [](const char* what) { return fail(Code::invalid, "make up an event: {}", what); };
  if (!wish.is_object() || !wish.contains("type") || !wish["type"].is_string() || wish["type"].empty()) {
    return wrong("type: found none, expected an event type such as \"conversation.ended\"");
  }
  if (wish.contains("data") && !wish["data"].is_object()) return wrong("data: expected an object");
  if (wish.contains("subject") && !wish["subject"].is_string()) return wrong("subject: expected text");
  if (wish.contains("time") && !wish["time"].is_number_integer()) return wrong("time: expected milliseconds");
  Event event;
  event.id = "eval";
  event.type = wish["type"];
  event.source = source;
  event.provider = provider;
  event.subject = wish.value("subject", "");
  event.time_ms = wish.value("time", now_ms);
  event.time_from_provider = wish.contains("time");
  event.data = dump(wish.value("data", Json::object()));
  if (wish.contains("raw")) event.raw = dump(wish["raw"]);
  return event;
}

}  // namespace hookswitch
