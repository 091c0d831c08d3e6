// The attempts of tasks: made when they are due, followed until something is known of them.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "engine/base/limits.h"
#include "engine/calling/contact_list.h"
#include "engine/processor/actions.h"
#include "engine/processor/belonging.h"
#include "engine/processor/campaigns.h"
#include "engine/processor/dialling.h"
#include "engine/processor/task_steps.h"
#include "engine/state/calls.h"
#include "engine/state/contacts.h"

namespace hookswitch {
namespace {

using Kind = DialVerdict::Kind;

constexpr const char* kNoSource = "no_source";
constexpr int64_t kSourceWaitMs = 5'000;          // at first
constexpr int64_t kSourceWaitMaxMs = 43'200'000;  // then it does not come: that is about a day in all

void fail_task(Writer& writer, Task& task, const std::string& code, const std::string& reason, int64_t now_ms) {
  task.retried_by.clear();
  end_task(writer, task, TaskStatus::failed, code, reason, now_ms);
}

// Without a time it waits for somebody's word, such as that its campaign goes on.
void postpone(Writer& writer, Task& task, const DialVerdict& verdict, int64_t now_ms) {
  task.next_ms = std::max(verdict.not_before_ms, now_ms + 1);
  task.code = verdict.code;
  task.reason = verdict.reason;
  save_task(writer, task, now_ms);
  if (verdict.not_before_ms > 0) set_task_timer(writer, task, task.next_ms, 0);
}

// Of a task for which no source is found: whether that may still change. One that is there and cannot do it will not
// learn it; of several that can a person may name one, or leave only one in the configuration.
bool may_come(const Sources& sources, const Task& task) { return task.source.empty() || !sources.find(task.source); }

// Twice as long each time: a plugin may be dropped in a moment after the start, and one that never comes makes few
// records.
void wait_for_source(Writer& writer, Task& task, std::string reason, int64_t now_ms) {
  if (!task.source.empty())
    reason = fmt::format("source \"{}\" is not configured, or its plugin not loaded", task.source);
  int64_t before_ms = task.code == kNoSource ? task.next_ms - task.updated_ms : 0;
  int64_t wait_ms = std::max(kSourceWaitMs, 2 * before_ms);
  if (wait_ms > kSourceWaitMaxMs) return fail_task(writer, task, kNoSource, reason, now_ms);
  postpone(writer, task, {Kind::later, now_ms + wait_ms, kNoSource, reason}, now_ms);
}

// One that is made anew is another action than the one that was taken back.
std::string name_of_attempt(const Task& task) {
  std::string name = fmt::format("task/{}/{}", task.id, task.attempts + 1);
  return task.taken_back == 0 ? name : fmt::format("{}/{}", name, task.taken_back);
}

void begin_attempt(Writer& writer, const RecordView& record, Task& task, Action asked, int64_t deadline_ms) {
  auto made = make_action(writer, record, name_of_attempt(task), std::move(asked));
  if (!made) return fail_task(writer, task, "invalid", made.error().message, record.time_ms);
  ++task.attempts;
  task.status = TaskStatus::in_progress;
  task.next_ms = 0;
  task.code.clear();
  task.reason.clear();
  task.outcome.clear();
  task.retried_by.clear();
  task.action = *made;
  auto action = find_action(writer, *made);
  task.call = task.channel == "call" && action ? action->call : "";
  if (task.history.size() == limits::kTaskHistory) task.history.erase(task.history.begin());
  task.history.push_back({record.time_ms, task.action, task.call, "", "", 0});
  save_task(writer, task, record.time_ms);
  set_task_timer(writer, task, record.time_ms + deadline_ms, deadline_ms);
  bool over = action && (action->status == ActionStatus::held || action->status == ActionStatus::refused);
  if (over) task_attempt_changed(writer, *action, record);
}

Json own_words(const Task& task, const std::string& source) {
  return {{"source", source}, {"agent_id", task.agent_id}};
}

void attempt(Writer& writer, const RecordView& record, Task& task, const Directory& directory, const Sources& sources) {
  auto number = number_of_task(writer, task);
  if (!number) {
    std::string reason = fmt::format("the contact {} is gone or has no number", task.contact_id);
    return fail_task(writer, task, number.error(), reason, record.time_ms);
  }
  auto source = source_when_due(sources, task.channel, task.source, directory.usual_source(task.tenant));
  Action asked = action_of_task(task, *number, source.value_or(""));
  spell_callees(asked, directory.tenancy(task.tenant).country);
  DialVerdict verdict = may_dial(writer, asked, record.time_ms, directory);
  if (verdict.kind == Kind::refuse) return fail_task(writer, task, verdict.code, verdict.reason, record.time_ms);
  if (verdict.kind == Kind::later) return postpone(writer, task, verdict, record.time_ms);
  if (!source && may_come(sources, task))
    return wait_for_source(writer, task, source.error().message, record.time_ms);
  if (!source) return fail_task(writer, task, kNoSource, source.error().message, record.time_ms);
  if (auto own = check_belongings(writer, directory, task.tenant, own_words(task, *source)); !own)
    return fail_task(writer, task, "denied", own.error().message, record.time_ms);
  if (!task.campaign.empty()) verdict = campaign_turn(writer, task, record.time_ms);
  if (verdict.kind == Kind::later) return postpone(writer, task, verdict, record.time_ms);
  begin_attempt(writer, record, task, std::move(asked), directory.calling(task.tenant).deadline_ms);
}

std::string call_status(const Reader& reader, const Task& task) {
  auto id = task.call.empty() ? std::nullopt : resolve_call_id(reader, task.call);
  if (!id) return "";
  auto call = get_call(reader, *id);
  return call && *call ? std::string((*call)->text(CallField::status)) : "";
}

int64_t early_of(const RecordView& record) {
  std::string_view text = record.header(":early");
  int64_t early_ms = 0;
  std::from_chars(text.data(), text.data() + text.size(), early_ms);
  return early_ms;
}

// Nobody has said what came of the attempt, though there was time enough.
void overdue(Writer& writer, const RecordView& record, Task& task, int64_t deadline_ms) {
  int64_t now_ms = record.time_ms;
  auto action = find_action(writer, task.action);
  if (action && !is_final(action->status)) {
    bool expired = task.expires_ms > 0 && now_ms >= task.expires_ms;
    if (expired && cancel_action(writer, record, action->id, "it was to be done before now")) return;
    return set_task_timer(writer, task, std::max(now_ms, action->next_ms) + deadline_ms, deadline_ms);
  }
  if (const int64_t early_ms = early_of(record); early_ms > 0)
    return set_task_timer(writer, task, now_ms + early_ms, deadline_ms);
  std::string status = call_status(writer, task);
  bool goes_on = status == "ringing" || status == "in_progress";
  bool credible = !task.history.empty() && now_ms - task.history.back().at_ms < limits::kLongestCallMs;
  if (goes_on && credible) return set_task_timer(writer, task, now_ms + deadline_ms, deadline_ms);
  if (status == "completed" || status == "ended_manually") {
    complete_task(writer, record, task, status);
  } else if (is_final_status(status)) {
    settle_attempt(writer, task, {.outcome = status}, now_ms);
  } else {
    std::string reason = fmt::format("nothing was heard of it for {} s", deadline_ms / 1000);
    settle_attempt(writer, task, {.outcome = "no_word", .reason = reason}, now_ms);
  }
}

}  // namespace

std::expected<std::string, std::string> number_of_task(const Reader& reader, const Task& task) {
  if (!task.to.empty()) return task.to;
  auto contact = find_contact(reader, task.contact_id);
  std::string whose = contact ? json_text(*contact, "tenant") : "";
  bool of_another = !whose.empty() && !task.tenant.empty() && whose != task.tenant;
  if (!contact || of_another) return std::unexpected("contact_gone");
  std::string number = dialled_phone(*contact);
  if (number.empty()) return std::unexpected("no_number");
  return number;
}

Action action_of_task(const Task& task, const std::string& number, const std::string& source) {
  Action action;
  action.source = source;
  action.type = task.channel;
  action.params = {{"to", number}, {"variables", task.variables}, {"metadata", task.metadata}};
  for (const auto& [name, value] : {std::pair{"agent_id", &task.agent_id}, std::pair{"contact_id", &task.contact_id},
                                    std::pair{"body", &task.body}}) {
    if (!value->empty()) action.params[name] = *value;
  }
  action.tenant = task.tenant;
  action.task = task.id;
  action.rule = task.rule;
  action.priority = task.priority;
  return action;
}

void task_due(Writer& writer, const RecordView& record, int64_t due_ms, const Directory& directory,
              const Sources& sources) {
  std::string_view key = record.header(":key");
  auto task = find_task(writer, key.substr(key.rfind('/') + 1));
  if (!task) return;
  if (task->status == TaskStatus::scheduled) {
    task->next_ms = due_ms;  // a rebuild may have come to another time: see keeps_turn()
    attempt(writer, record, *task, directory, sources);
  } else if (task->status == TaskStatus::in_progress) {
    overdue(writer, record, *task, directory.calling(task->tenant).deadline_ms);
  }
}

void task_attempt_changed(Writer& writer, const Action& action, const RecordView& record) {
  auto task = find_task(writer, action.task);
  bool present = task && task->action == action.id && task->status == TaskStatus::in_progress;
  if (!present) return;
  int64_t now_ms = record.time_ms;
  switch (action.status) {
    case ActionStatus::done: {
      if (task->channel == "sms") {
        complete_task(writer, record, *task, "sent");
      } else {
        int64_t deadline_ms = deadline_of(writer, *task);
        set_task_timer(writer, *task, now_ms + deadline_ms, deadline_ms);
      }
      return;
    }
    case ActionStatus::failed:
      return settle_attempt(writer, *task, {.outcome = "not_placed", .reason = action.reason}, now_ms);
    case ActionStatus::held:
      end_attempt(*task, "unknown", action.reason, now_ms);
      return fail_task(writer, *task, "held", "nobody knows whether the call was placed: " + action.reason, now_ms);
    case ActionStatus::refused:
      end_attempt(*task, "refused", action.reason, now_ms);
      return fail_task(writer, *task, action.code, action.reason, now_ms);
    case ActionStatus::canceled:
      end_attempt(*task, "canceled", action.reason, now_ms);
      return end_task(writer, *task, TaskStatus::canceled, "canceled", action.reason, now_ms);
    default:
      return;
  }
}

}  // namespace hookswitch
