#include "engine/processor/tasks.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "engine/base/limits.h"
#include "engine/processor/actions.h"
#include "engine/processor/campaigns.h"
#include "engine/processor/task_steps.h"
#include "engine/state/actions.h"
#include "engine/state/calls.h"
#include "engine/state/changes.h"
#include "engine/state/timers.h"

namespace hookswitch {
namespace {

constexpr const char* kByCommand = "command";  // TaskAsker's rule: a person's word
constexpr int64_t kSettledAgainWithinMs = limits::kTaskDeadlineMs;  // later nobody expects another attempt

std::string timer_key(const Task& task) { return std::string(kEngineTimers) + "task/" + task.id; }

RetryPolicy retry_of(const Task& task) { return read_retry(task.retry, {}).value_or(RetryPolicy{}); }

void set_text(const Json& wish, const char* name, std::string& to) {
  if (wish.contains(name)) to = wish[name].get<std::string>();
}

void set_retry(const Json& wish, const CallingPolicy& policy, Task& task) {
  if (!wish.contains("retry") && !task.retry.is_null()) return;
  RetryPolicy retry = read_retry(wish.value("retry", Json()), policy.retry).value_or(policy.retry);
  task.retry = to_json(retry);
  task.max_attempts = retry.attempts;
}

// What the wish says; the rest stays.
void set_wish(const Json& wish, const CallingPolicy& policy, Task& task) {
  // A source is found for a channel.
  if (wish.value("channel", task.channel) != task.channel) task.source.clear();
  for (auto [name, to] : {std::pair{"kind", &task.kind}, std::pair{"channel", &task.channel}, std::pair{"to", &task.to},
                          std::pair{"source", &task.source}, std::pair{"agent_id", &task.agent_id},
                          std::pair{"contact_id", &task.contact_id}, std::pair{"body", &task.body}}) {
    set_text(wish, name, *to);
  }
  task.expires_ms = wish.value("expires_at", task.expires_ms);
  task.priority = wish.value("priority", task.priority);
  task.window = wish.value("window", task.window);
  task.variables = wish.value("variables", task.variables);
  task.metadata = wish.value("metadata", task.metadata);
  set_retry(wish, policy, task);
}

Task new_task(const Json& wish, const TaskAsker& asker) {
  Task task;
  task.key = wish.at("key").get<std::string>();
  task.id = task_id_of(asker.tenant, task.key);
  task.tenant = asker.tenant;
  task.rule = asker.rule;
  task.campaign = asker.campaign;
  task.created_ms = asker.now_ms;
  return task;
}

// Whether this is said by whoever said before what came of that attempt, and is another word.
bool is_own_word(const Task& task, const AttemptOutcome& ended) {
  if (ended.rule.empty() || ended.action != task.action) return false;
  if (task.status == TaskStatus::completed) return task.completed_by == ended.rule;
  return task.status != TaskStatus::canceled && task.retried_by == ended.rule && task.outcome != ended.outcome;
}

// Only whoever said it may take it back, of the attempt it was said of: what others decided stays.
bool settles_again(const Reader& reader, const Task& task, const AttemptOutcome& ended, int64_t now_ms) {
  if (!is_own_word(task, ended) || task.history.empty()) return false;
  int64_t said_ms = task.status == TaskStatus::completed ? task.ended_ms : task.history.back().ended_ms;
  if (now_ms - said_ms > kSettledAgainWithinMs) return false;
  auto action = find_action(reader, task.action);
  if (action && !is_final(action->status)) return false;  // it may ring yet
  auto campaign = task.campaign.empty() ? std::nullopt : find_campaign(reader, task.campaign);
  return !campaign || campaign->status != CampaignStatus::canceled;
}

void say_outcome(Task& task, const std::string& outcome, const std::string& reason) {
  task.outcome = outcome;
  if (task.history.empty()) return;
  task.history.back().outcome = outcome;
  task.history.back().reason = reason;
}

// Counted from when the end of the last attempt was heard first, whatever was heard of it since. Where that is past it
// counts from now, so that an old word rings nobody at once.
std::optional<int64_t> next_attempt_of(const Task& task, const RetryPolicy& policy, int64_t now_ms) {
  int64_t ended_ms = task.history.empty() ? now_ms : task.history.back().ended_ms;
  auto next_ms = next_attempt_ms(policy, task.id, task.attempts, ended_ms);
  if (next_ms && *next_ms <= now_ms) return next_attempt_ms(policy, task.id, task.attempts, now_ms);
  return next_ms;
}

// Of an attempt that was completed, a later delivery about the same call may know more than that.
bool refine_outcome(Writer& writer, Task task, const std::string& outcome, const std::string& by, int64_t now_ms) {
  if (by.empty() || task.completed_by != by || task.outcome == outcome) return false;
  say_outcome(task, outcome, "");
  save_task(writer, task, now_ms);
  return true;
}

// Whose a call is and was taken for.
void add_tenants(const Reader& reader, const std::string& call_id, std::set<std::string>& tenants) {
  auto call = get_call(reader, call_id);
  if (call && *call) tenants.emplace((*call)->text(CallField::tenant));
  for (std::string& tenant : former_tenants_of(reader, call_id)) tenants.insert(std::move(tenant));
}

// All tasks by a key that says the same, this one too.
std::vector<Task> tasks_of_key(const Reader& reader, const Task& task) {
  std::set<std::string> tenants{task.tenant};
  auto keys = key_spellings(task.key, [&](std::string_view call_id) {
    auto ids = ids_of_call(reader, call_id);
    tenants.emplace();  // it was nobody's at first
    if (!ids.empty()) add_tenants(reader, ids.front(), tenants);
    return ids;
  });
  std::vector<Task> out;
  for (const std::string& key : keys) {
    for (const std::string& tenant : tenants) {
      auto one = find_task(reader, task_id_of(tenant, key));
      const bool shares = one && (tenant == task.tenant || (one->rule != kByCommand && task.rule != kByCommand));
      if (shares) out.push_back(std::move(*one));
    }
  }
  return out;
}

// Whether an attempt is another one, or at another time, once the task says so.
bool changes_attempt(const Task& task, const Json& change, const CallingPolicy& policy) {
  Task changed = task;
  set_wish(change, policy, changed);
  auto attempt = [](const Task& one) { return action_of_task(one, one.to, one.source).to_json(); };
  return change.value("due_at", task.due_ms) != task.due_ms || attempt(changed) != attempt(task);
}

// Or may have been.
bool was_dialled(const Reader& reader, const Task& task) {
  if (task.attempts != 1) return task.attempts > 1;
  auto action = find_action(reader, task.action);
  if (!action || action->attempt > 0) return true;
  return action->status == ActionStatus::done || action->status == ActionStatus::held;
}

}  // namespace

std::optional<Task> same_task_before(const Reader& reader, const Task& task) {
  const bool dialled = was_dialled(reader, task);
  auto made = [](const Task& one) { return std::tie(one.created_ms, one.id); };
  for (Task& one : tasks_of_key(reader, task)) {
    if (one.id == task.id) continue;
    const bool counts = one.status == TaskStatus::completed || was_dialled(reader, one);
    if (counts && (!dialled || made(one) < made(task))) return std::move(one);
  }
  return std::nullopt;
}

void save_task(Writer& writer, Task& task, int64_t now_ms) {
  task.updated_ms = now_ms;
  auto before = task.campaign.empty() ? std::nullopt : find_task(writer, task.id);
  put_task(writer, task);
  append_change(writer, fmt::format(R"({{"tasks":["{}"]}})", task.id));
  if (!task.campaign.empty()) campaign_task_moved(writer, task, before ? &*before : nullptr, now_ms);
}

void wait_for_attempt(Writer& writer, Task& task, int64_t at_ms, int64_t now_ms) {
  task.status = TaskStatus::scheduled;
  task.next_ms = at_ms;
  task.ended_ms = 0;
  task.code.clear();
  task.reason.clear();
  save_task(writer, task, now_ms);
  set_task_timer(writer, task, at_ms, 0);
}

void set_task_timer(Writer& writer, const Task& task, int64_t at_ms, int64_t deadline_ms) {
  set_timer(writer, {timer_key(task), at_ms, "task", dump(Json{{"deadline_ms", deadline_ms}})});
}

int64_t deadline_of(const Reader& reader, const Task& task) {
  auto timer = find_timer(reader, timer_key(task));
  const int64_t deadline_ms = timer ? task_wait_ms(*timer) : 0;
  return deadline_ms > 0 ? deadline_ms : limits::kTaskDeadlineMs;
}

void end_attempt(Task& task, const std::string& outcome, const std::string& reason, int64_t now_ms) {
  task.outcome = outcome;
  if (task.history.empty() || task.history.back().ended_ms != 0) return;
  say_outcome(task, outcome, reason);
  task.history.back().ended_ms = now_ms;
}

void end_task(Writer& writer, Task& task, TaskStatus status, const std::string& code, const std::string& reason,
              int64_t now_ms) {
  task.status = status;
  task.code = code;
  task.reason = reason;
  task.next_ms = 0;
  task.ended_ms = now_ms;
  save_task(writer, task, now_ms);
  cancel_timer(writer, timer_key(task));
}

void settle_attempt(Writer& writer, Task& task, const AttemptOutcome& ended, int64_t now_ms) {
  end_attempt(task, ended.outcome, ended.reason, now_ms);
  say_outcome(task, ended.outcome, ended.reason);
  task.retried_by = ended.action.empty() ? "" : ended.rule;
  RetryPolicy policy = retry_of(task);
  if (!ended.at_ms && !policy.worth(ended.outcome)) {
    return end_task(writer, task, TaskStatus::failed, ended.outcome, ended.reason, now_ms);
  }
  auto next_ms = next_attempt_of(task, policy, now_ms);
  if (!next_ms) {
    std::string reason = fmt::format("{} attempts, the last: {}", task.attempts, ended.outcome);
    return end_task(writer, task, TaskStatus::exhausted, ended.outcome, reason, now_ms);
  }
  if (task.status == TaskStatus::scheduled) return save_task(writer, task, now_ms);  // the time that is set stays
  wait_for_attempt(writer, task, ended.at_ms.value_or(*next_ms), now_ms);
}

Task schedule_task(Writer& writer, const Json& wish, const TaskAsker& asker, const CallingPolicy& policy) {
  auto known = find_task(writer, task_id_of(asker.tenant, wish.at("key").get<std::string>()));
  if (known && known->status == TaskStatus::scheduled) {
    Json change = wish;
    // Once it was attempted only a person moves it: a rule that hears late of what it made the task for counts from
    // another event, and would ring them before the retry is due.
    if (known->attempts > 0 && asker.rule != kByCommand) change.erase("due_at");
    change_task(writer, *known, change, policy, asker.now_ms);
  }
  if (known) return *find_task(writer, known->id);
  Task task = new_task(wish, asker);
  set_wish(wish, policy, task);
  if (task.source.empty()) task.source = asker.source;
  task.due_ms = wish.value("due_at", asker.now_ms);
  wait_for_attempt(writer, task, task.due_ms, asker.now_ms);
  return task;
}

void change_task(Writer& writer, Task task, const Json& change, const CallingPolicy& policy, int64_t now_ms) {
  Task before = task;
  set_wish(change, policy, task);
  int64_t due_ms = change.value("due_at", task.due_ms);
  bool moved = due_ms != task.due_ms;
  task.due_ms = due_ms;
  if (task.to_json() == before.to_json()) return;
  if (task.status == TaskStatus::scheduled && moved) {
    task.retried_by.clear();
    return wait_for_attempt(writer, task, due_ms, now_ms);
  }
  save_task(writer, task, now_ms);
}

Task take_attempt_back(Writer& writer, const RecordView& record, Task task, const Json& change,
                       const CallingPolicy& policy) {
  if (task.status != TaskStatus::in_progress || !changes_attempt(task, change, policy)) return task;
  auto action = find_action(writer, task.action);
  if (!action || action->status != ActionStatus::waiting) return task;
  --task.attempts;
  ++task.taken_back;
  if (!task.history.empty()) task.history.pop_back();
  const TaskAttempt last = task.history.empty() ? TaskAttempt() : task.history.back();
  task.action = last.action;
  task.call = last.call;
  task.outcome = last.outcome;
  wait_for_attempt(writer, task, record.time_ms, record.time_ms);
  cancel_action(writer, record, action->id, "its task was changed");
  return task;
}

std::optional<Task> resolve_task(const Reader& reader, std::string_view tenant, std::string_view key_or_id) {
  auto task = find_task(reader, key_or_id);
  bool others = task && !tenant.empty() && !task->tenant.empty() && task->tenant != tenant;
  if (others) task.reset();
  return task ? task : find_task(reader, task_id_of(tenant, key_or_id));
}

bool complete_task(Writer& writer, const RecordView& record, Task task, const std::string& outcome,
                   const std::string& by) {
  if (task.status == TaskStatus::completed) return refine_outcome(writer, task, outcome, by, record.time_ms);
  if (task.status == TaskStatus::canceled) return false;
  task.completed_by = by;
  task.retried_by.clear();
  end_attempt(task, outcome, "", record.time_ms);
  if (!by.empty()) say_outcome(task, outcome, "");
  end_task(writer, task, TaskStatus::completed, "", "", record.time_ms);
  if (!task.action.empty()) cancel_action(writer, record, task.action, "its task is completed");
  return true;
}

bool cancel_task(Writer& writer, const RecordView& record, Task task, const std::string& reason) {
  if (is_final(task.status)) return false;
  end_task(writer, task, TaskStatus::canceled, "canceled", reason, record.time_ms);
  if (!task.action.empty()) cancel_action(writer, record, task.action, "its task was canceled");
  return true;
}

bool retry_task(Writer& writer, Task task, const AttemptOutcome& ended, int64_t now_ms) {
  if (!ended.action.empty() && ended.action != task.action) return false;
  const TaskStatus before = task.status;
  if (before != TaskStatus::in_progress && !settles_again(writer, task, ended, now_ms)) return false;
  task.completed_by.clear();
  settle_attempt(writer, task, ended, now_ms);
  return task.status != before;
}

bool reopen_task(Writer& writer, Task task, int64_t at_ms, int64_t now_ms) {
  if (task.status == TaskStatus::in_progress) return false;
  RetryPolicy retry = retry_of(task);
  retry.attempts = std::max(retry.attempts, task.attempts + 1);
  task.retry = to_json(retry);
  task.max_attempts = retry.attempts;
  task.completed_by.clear();
  task.retried_by.clear();
  wait_for_attempt(writer, task, at_ms, now_ms);
  return true;
}

bool is_task_timer(std::string_view key) {
  return key.starts_with(kEngineTimers) && key.substr(kEngineTimers.size()).starts_with("task/");
}

int64_t task_wait_ms(const Timer& timer) {
  Json data = is_task_timer(timer.key) ? parse_json(timer.data) : Json();
  return data.is_object() ? data.value("deadline_ms", int64_t{0}) : 0;
}

}  // namespace hookswitch
