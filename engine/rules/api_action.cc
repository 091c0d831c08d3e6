// ctx.action, ctx.emit: outbound requests. The rule gets the id under which the outbox knows what it asked for.
#include <fmt/format.h>

#include "engine/calling/hours.h"
#include "engine/rules/api.h"
#include "engine/rules/arguments.h"
#include "engine/rules/read_only.h"
#include "engine/rules/rule_context.h"
#include "engine/state/actions.h"

namespace hookswitch {
namespace {

constexpr int64_t kActionPriorityMax = 100;

// With a key it is one action, whoever asks and however often; else one for the event, the rule and what is asked for.
std::string about(const RuleContext& context, const ActionAsk& wish, const std::optional<std::string>& key) {
  if (key) {
    World& world = *context.world;
    const std::string front = about_key(wish.type, world.tenancy().tenant, "");
    auto is_known = [&](const std::string& one) { return world.has_action(action_id_of(front + one)); };
    return front + known_keys(world, *key, is_known).front();
  }
  std::string out = wish.type;
  auto part = [&](std::string_view text) { out.append(1, '\0').append(text); };
  part("event");
  part(context.event->source);
  part(context.event->id);
  part(context.rule->name);
  part(dump(wish.params));
  return out;
}

int ask_for(lua_State* lua, const Fields& fields, std::string type, Json params) {
  ActionAsk wish;
  auto key = fields.text("key");
  if (!key && context_of(lua).rule->per_call)
    fields.refuse("key: missing, and this rule runs again whenever something becomes known about its call");
  wish.type = std::move(type);
  wish.source = fields.text("source").value_or("");
  wish.params = std::move(params);
  wish.at_ms = fields.integer("at").value_or(0);
  wish.priority = fields.integer("priority").value_or(0);
  if (wish.at_ms < 0) fields.refuse("at: expected a time in milliseconds");
  if (wish.priority < -kActionPriorityMax || wish.priority > kActionPriorityMax)
    fields.refuse(fmt::format("priority: found {}, expected -{} to {}", wish.priority, kActionPriorityMax,
                              kActionPriorityMax));
  wish.about = about(context_of(lua), wish, key);
  std::string id = action_id_of(wish.about);
  ask(lua, std::move(wish));
  lua_pushlstring(lua, id.data(), id.size());
  return 1;
}

Json params_of(const Fields& fields, std::initializer_list<const char*> names) {
  Json params = Json::object();
  for (const char* name : names) {
    Json value = fields.json(name);
    if (!value.is_null()) params[name] = std::move(value);
  }
  return params;
}

void add_window(const Fields& fields, Json& params) {
  Json window = fields.json("window");
  if (window.is_null()) return;
  if (auto read = read_hours(window); !read) fields.refuse("window: " + read.error().message);
  params["window"] = std::move(window);
}

int call(lua_State* lua) {
  const auto arguments = Arguments::method(lua, "ctx.action:call");
  const Fields fields(
      lua, arguments.index(1), "ctx.action:call",
      {"to", "from", "agent_id", "phone_number_id", "contact_id", "variables", "metadata", "timeout_secs", "record",
       "machine_detection", "twiml", "url", "window", "source", "at", "key", "priority"});
  fields.required_text("to");
  Json params = params_of(fields, {"to", "from", "agent_id", "phone_number_id", "contact_id", "variables", "metadata",
                                   "timeout_secs", "record", "machine_detection", "twiml", "url"});
  add_window(fields, params);
  return ask_for(lua, fields, "call", std::move(params));
}

int sms(lua_State* lua) {
  const auto arguments = Arguments::method(lua, "ctx.action:sms");
  const Fields fields(lua, arguments.index(1), "ctx.action:sms",
                      {"to", "from", "body", "contact_id", "window", "source", "at", "key", "priority"});
  fields.required_text("to");
  fields.required_text("body");
  Json params = params_of(fields, {"to", "from", "body", "contact_id"});
  add_window(fields, params);
  return ask_for(lua, fields, "sms", std::move(params));
}

int end_call(lua_State* lua) {
  const auto arguments = Arguments::method(lua, "ctx.action:end_call");
  const Fields fields(lua, arguments.index(1), "ctx.action:end_call", {"call", "source", "at", "key", "priority"});
  auto id = fields.text("call");
  const World& world = *context_of(lua).world;
  std::optional<Call> ended;
  if (id) {
    ended = context_of(lua).world->find_call(*id);
  } else if (world.call() != nullptr) {
    ended = *world.call();
  }
  if (!ended) fields.refuse(id ? "call: there is none with this id" : "the event is about no call, expected `call`");
  Json ids = Json::object();
  for (const auto& [kind, value] : ended->external_ids()) ids[kind] = value;
  return ask_for(lua, fields, "end_call", Json{{"external_ids", std::move(ids)}});
}

int request(lua_State* lua) {
  const auto arguments = Arguments::method(lua, "ctx.action:request");
  const Fields fields(lua, arguments.index(1), "ctx.action:request",
                      {"source", "type", "params", "at", "key", "priority"});
  fields.required_text("source");
  Json params = fields.json("params");
  if (params.is_null()) params = Json::object();
  if (!params.is_object()) fields.refuse("params: expected a table with named fields");
  return ask_for(lua, fields, fields.required_text("type"), std::move(params));
}

// The table has to be one record: what it is about is in it, so emitting the same twice is emitting it once.
int emit(lua_State* lua) {
  const auto arguments = Arguments::function(lua, "ctx.emit");
  ActionAsk wish{.type = "emit"};
  wish.params = {{"sink", std::string(arguments.text(1, "sink"))}, {"record", arguments.json(2, "record")}};
  if (!wish.params["record"].is_object()) arguments.refuse("record: expected a table with named fields");
  std::optional<std::string> key;
  if (arguments.has(3)) key = std::string(arguments.text(3, "key"));
  if (!key && context_of(lua).rule->per_call)
    arguments.refuse("key: missing, and this rule runs again whenever something becomes known about its call");
  wish.about = about(context_of(lua), wish, key);
  ask(lua, std::move(wish));
  return 0;
}

int has_sink(lua_State* lua) {
  const auto arguments = Arguments::function(lua, "ctx.has_sink");
  lua_pushboolean(lua, context_of(lua).world->has_sink(arguments.text(1, "sink")) ? 1 : 0);
  return 1;
}

}  // namespace

void push_api_emit(lua_State* lua) { lua_pushcfunction(lua, guarded<emit>); }
void push_api_has_sink(lua_State* lua) { lua_pushcfunction(lua, guarded<has_sink>); }

void push_api_action(lua_State* lua) {
  lua_newtable(lua);
  set_function<call>(lua, "call");
  set_function<sms>(lua, "sms");
  set_function<end_call>(lua, "end_call");
  set_function<request>(lua, "request");
  make_read_only(lua, "ctx.action");
}

}  // namespace hookswitch
