// Tasks and the do-not-call list, changed by people.
#include <fmt/format.h>

#include <algorithm>

#include "engine/base/time_text.h"
#include "engine/calling/number.h"
#include "engine/calling/task_wish.h"
#include "engine/processor/belonging.h"
#include "engine/processor/command.h"
#include "engine/processor/command_check.h"
#include "engine/processor/tasks.h"
#include "engine/state/call_ids.h"
#include "engine/state/suppressions.h"

namespace hookswitch {
namespace {

// With an Idempotency-Key the task is the key's, so that it is one even after the answer was forgotten.
std::string key_of(const CommandContext& context) {
  std::string key(context.record.header(":key"));
  if (key.empty()) return own_name(context);
  return fmt::format("command/{}/{}", context.record.header(":by"), key);
}

// A key that holds a call's id is one key under every id of the call, as it is for rules.
std::string known_task_key(const CommandContext& context, std::string_view tenant, std::string_view key) {
  auto keys = key_spellings(key, [&](std::string_view id) { return ids_of_call(context.writer, id); });
  auto is_known = [&](const std::string& one) { return bool(find_task(context.writer, task_id_of(tenant, one))); };
  auto known = std::ranges::find_if(keys, is_known);
  return known == keys.end() ? keys.front() : *known;
}

Status check_number(const Json& wish, std::string_view country) {
  if (!wish.contains("to")) return {};
  std::string to = wish["to"].get<std::string>();
  if (dial_number(to, country).kind != NumberKind::invalid) return {};
  return fail(Code::invalid, "to: found \"{}\", expected a telephone number", to);
}

Answer create_task(const CommandContext& context, const Json& body) {
  std::string tenant = json_text(body, "tenant");
  std::string country = context.directory.tenancy(tenant).country;
  auto wish = read_task_wish(body.value("wish", Json()), country);
  if (!wish) return command_problem(400, wish.error().message);
  if (auto good = check_number(*wish, country); !good) return command_problem(400, good.error().message);
  if (auto own = check_belongings(context.writer, context.directory, tenant, *wish); !own)
    return command_problem(400, "make a task: " + own.error().message);
  auto source = checked_source(context, "task.create", body);
  if (!source) return command_problem(400, source.error().message);
  if (!wish->contains("key")) (*wish)["key"] = key_of(context);
  std::string key = known_task_key(context, tenant, (*wish)["key"].get<std::string>());
  bool is_new = !find_task(context.writer, task_id_of(tenant, key));
  (*wish)["key"] = std::move(key);
  TaskAsker asker{tenant, "command", context.record.time_ms, {}, *source};
  Task task = schedule_task(context.writer, *wish, asker, context.directory.calling(tenant));
  bool stays = !is_new && task.status != TaskStatus::scheduled;
  if (stays) return command_problem(409, fmt::format("make task {}: it exists and is {}", task.key, name(task.status)));
  return command_done(is_new ? 201 : 200, task.to_json());
}

std::optional<Task> visible_task(const CommandContext& context, const Json& body) {
  auto task = find_task(context.writer, json_text(body, "id"));
  if (task && !command_may_see(body, task->tenant)) return std::nullopt;
  return task;
}

Answer as_it_is(const CommandContext& context, const Task& task) {
  return command_done(200, find_task(context.writer, task.id)->to_json());
}

bool may_become(const Task& task, const std::string& status) {
  if (status == "completed") return task.status != TaskStatus::completed && task.status != TaskStatus::canceled;
  if (status == "canceled") return !is_final(task.status);
  return status == "scheduled" && task.status != TaskStatus::in_progress;
}

// {"status": ...} is a person's word about the task; the other fields are what is to be done from now on. It may become
// so. One that `waited` goes on waiting.
void take_word(const CommandContext& context, const Task& task, const std::string& status, const Json& change,
               bool waited) {
  if (status == "completed") complete_task(context.writer, context.record, task, "completed by a person");
  if (status == "canceled") cancel_task(context.writer, context.record, task, "canceled by a person");
  int64_t at_ms = change.value("due_at", std::max(task.due_ms, context.record.time_ms));
  if (status == "scheduled" && !waited) reopen_task(context.writer, task, at_ms, context.record.time_ms);
}

Answer update_task(const CommandContext& context, const Json& body) {
  auto task = visible_task(context, body);
  if (!task) return command_problem(404, fmt::format("change task {}: found none", json_text(body, "id")));
  std::string country = context.directory.tenancy(task->tenant).country;
  auto change = read_task_change(body.value("change", Json::object()), country);
  if (!change) return command_problem(400, change.error().message);
  if (auto good = check_number(*change, country); !good) return command_problem(400, good.error().message);
  if (auto own = check_belongings(context.writer, context.directory, task->tenant, *change); !own)
    return command_problem(400, fmt::format("change task {}: {}", task->id, own.error().message));
  std::string status = json_text(body, "status");
  if (is_final(task->status) && status.empty())
    return command_problem(409, fmt::format("change task {}: it is {}", task->id, name(task->status)));
  if (!status.empty() && !may_become(*task, status))
    return command_problem(409, fmt::format("make task {} {}: it is {}", task->id, status, name(task->status)));
  bool waited = task->status == TaskStatus::scheduled;
  const CallingPolicy& policy = context.directory.calling(task->tenant);
  task = take_attempt_back(context.writer, context.record, std::move(*task), *change, policy);
  change_task(context.writer, *task, *change, policy, context.record.time_ms);
  task = find_task(context.writer, task->id);
  take_word(context, *task, status, *change, waited);
  return as_it_is(context, *task);
}

Answer cancel_one(const CommandContext& context, const Json& body) {
  auto task = visible_task(context, body);
  if (!task) return command_problem(404, fmt::format("cancel task {}: found none", json_text(body, "id")));
  if (!cancel_task(context.writer, context.record, *task, "canceled by a person"))
    return command_problem(409, fmt::format("cancel task {}: it is {}", task->id, name(task->status)));
  return as_it_is(context, *task);
}

// Who is bound to a tenant speaks for it alone; others name one, or nobody and so all.
Answer put_suppressed(const CommandContext& context, const Json& body) {
  std::string tenant = json_text(body, "tenant");
  DialNumber number = dial_number(json_text(body, "phone"), context.directory.tenancy(tenant).country);
  if (number.number.empty())
    return command_problem(400,
                           fmt::format("phone: found \"{}\", expected a telephone number", json_text(body, "phone")));
  Suppression suppression{number.number, tenant, json_text(body, "reason"), body.value("until", int64_t{0}),
                          context.record.time_ms};
  put_suppression(context.writer, suppression);
  return command_done(200, suppression.to_json());
}

Answer remove_suppressed(const CommandContext& context, const Json& body) {
  std::string tenant = json_text(body, "tenant");
  DialNumber number = dial_number(json_text(body, "phone"), context.directory.tenancy(tenant).country);
  if (!remove_suppression(context.writer, number.number, tenant))
    return command_problem(404, fmt::format("remove {} from the do-not-call list: it is not on it",
                                            json_text(body, "phone").substr(0, 40)));
  return command_done(200, Json{{"phone", number.number}, {"removed", true}});
}

}  // namespace

Commands task_commands() {
  return {{"task.create", create_task},
          {"task.update", update_task},
          {"task.cancel", cancel_one},
          {"suppression.put", put_suppressed},
          {"suppression.delete", remove_suppressed}};
}

}  // namespace hookswitch
