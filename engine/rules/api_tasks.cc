// ctx.tasks: people to be reached, until they are.
#include "engine/base/time_text.h"
#include "engine/rules/api.h"
#include "engine/rules/arguments.h"
#include "engine/rules/lua_json.h"
#include "engine/rules/read_only.h"
#include "engine/rules/rule_context.h"
#include "engine/state/tasks.h"

namespace hookswitch {
namespace {

int64_t after(const Fields& fields, lua_State* lua) {
  const bool is_text = fields.push("after") == LUA_TSTRING;
  lua_pop(lua, 1);
  const auto ms = is_text ? parse_duration_ms(*fields.text("after")) : fields.integer("after");
  if (!ms || *ms < 0) fields.refuse("after: expected milliseconds or a duration such as '90s', '5m', '2h', '1d'");
  return *ms;
}

std::vector<std::string> known_tasks(lua_State* lua, std::string_view key) {
  World& world = *context_of(lua).world;
  return known_keys(world, key, [&](const std::string& one) { return world.task(one).has_value(); });
}

/// Tells whoever asks under which id the task is known.
int schedule(lua_State* lua) {
  const auto arguments = Arguments::method(lua, "ctx.tasks:schedule");
  const Fields fields(lua, arguments.index(1), "ctx.tasks:schedule",
                      {"key", "kind", "channel", "to", "due_at", "after", "expires_at", "source", "agent_id",
                       "contact_id", "window", "retry", "body", "variables", "metadata", "priority"});
  const std::string key = known_tasks(lua, fields.required_text("key")).front();
  Json wish = arguments.json(1, "task");
  wish["key"] = key;
  const int64_t now_ms = context_of(lua).event->time_ms;
  if (wish.contains("after")) {
    if (wish.contains("due_at")) fields.refuse("expected one of due_at and after");
    wish["due_at"] = now_ms + after(fields, lua);
    wish.erase("after");
  }
  if (!wish.contains("due_at")) wish["due_at"] = now_ms;
  const std::string id = task_id_of(context_of(lua).world->tenancy().tenant, key);
  ask(lua, TaskSchedule{std::move(wish)});
  lua_pushlstring(lua, id.data(), id.size());
  return 1;
}

int complete(lua_State* lua) {
  const auto arguments = Arguments::method(lua, "ctx.tasks:complete");
  const std::string outcome(arguments.text_or(2, "outcome", "completed"));
  for (const std::string& key : known_tasks(lua, arguments.text(1, "key"))) ask(lua, TaskComplete{key, outcome});
  return 0;
}

int cancel_task(lua_State* lua) {
  const auto arguments = Arguments::method(lua, "ctx.tasks:cancel");
  const std::string reason(arguments.text_or(2, "reason", "a rule canceled it"));
  for (const std::string& key : known_tasks(lua, arguments.text(1, "key"))) ask(lua, TaskCancel{key, reason});
  return 0;
}

int retry(lua_State* lua) {
  const auto arguments = Arguments::method(lua, "ctx.tasks:retry");
  TaskRetry wish{std::string(arguments.text(1, "key")), "failed", std::nullopt};
  if (arguments.has(2)) {
    const Fields fields(lua, arguments.index(2), "ctx.tasks:retry", {"at", "after", "outcome"});
    wish.outcome = fields.text("outcome").value_or(wish.outcome);
    wish.at_ms = fields.integer("at");
    const bool has_after = fields.push("after") != LUA_TNIL;
    lua_pop(lua, 1);
    if (has_after && wish.at_ms) fields.refuse("expected one of at and after");
    if (has_after) wish.at_ms = context_of(lua).event->time_ms + after(fields, lua);
    if (wish.at_ms && *wish.at_ms < 0) fields.refuse("at: expected a time in milliseconds");
  }
  for (const std::string& key : known_tasks(lua, wish.task)) {
    wish.task = key;
    ask(lua, wish);
  }
  return 0;
}

int get_task(lua_State* lua) {
  const auto arguments = Arguments::method(lua, "ctx.tasks:get");
  const auto task = context_of(lua).world->task(known_tasks(lua, arguments.text(1, "key")).front());
  task ? push_json(lua, *task) : lua_pushnil(lua);
  return 1;
}

}  // namespace

void push_api_tasks(lua_State* lua) {
  lua_newtable(lua);
  set_function<schedule>(lua, "schedule");
  set_function<complete>(lua, "complete");
  set_function<cancel_task>(lua, "cancel");
  set_function<retry>(lua, "retry");
  set_function<get_task>(lua, "get");
  make_read_only(lua, "ctx.tasks");
}

}  // namespace hookswitch
