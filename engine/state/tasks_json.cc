#include <algorithm>
#include <array>

#include "engine/base/time_text.h"
#include "engine/state/tasks.h"

namespace hookswitch {
namespace {

constexpr std::array kTaskStatuses{"scheduled", "in_progress", "completed", "failed", "canceled", "exhausted"};

int number_of(const Json& row, const char* name) {
  auto found = row.find(name);
  return found != row.end() && found->is_number_integer() ? found->get<int>() : 0;
}

Json to_json(const TaskAttempt& attempt) {
  return {{"at", rfc3339(attempt.at_ms)},           {"action_id", text_or_null(attempt.action)},
          {"call_id", text_or_null(attempt.call)},  {"outcome", text_or_null(attempt.outcome)},
          {"reason", text_or_null(attempt.reason)}, {"ended_at", time_or_null(attempt.ended_ms)}};
}

TaskAttempt attempt_of(const Json& row) {
  return {time_of(row, "at"),        json_text(row, "action_id"), json_text(row, "call_id"),
          json_text(row, "outcome"), json_text(row, "reason"),    time_of(row, "ended_at")};
}

}  // namespace

const char* name(TaskStatus status) { return kTaskStatuses[static_cast<size_t>(status)]; }

std::optional<TaskStatus> parse_task_status(std::string_view text) {
  auto found = std::ranges::find(kTaskStatuses, text);
  if (found == kTaskStatuses.end()) return std::nullopt;
  return static_cast<TaskStatus>(found - kTaskStatuses.begin());
}

Json Task::to_json() const {
  Json attempts_made = Json::array();
  for (const TaskAttempt& attempt : history) attempts_made.push_back(hookswitch::to_json(attempt));
  return {{"id", id},
          {"key", key},
          {"tenant", text_or_null(tenant)},
          {"kind", kind},
          {"channel", channel},
          {"to", text_or_null(to)},
          {"source", text_or_null(source)},
          {"agent_id", text_or_null(agent_id)},
          {"contact_id", text_or_null(contact_id)},
          {"due_at", rfc3339(due_ms)},
          {"next_attempt_at", time_or_null(next_ms)},
          {"expires_at", time_or_null(expires_ms)},
          {"attempts", attempts},
          {"taken_back", taken_back},
          {"max_attempts", max_attempts},
          {"status", name(status)},
          {"outcome", text_or_null(outcome)},
          {"code", text_or_null(code)},
          {"reason", text_or_null(reason)},
          {"window", window},
          {"retry", retry},
          {"body", text_or_null(body)},
          {"variables", variables},
          {"metadata", metadata},
          {"priority", priority},
          {"rule", text_or_null(rule)},
          {"campaign_id", text_or_null(campaign)},
          {"call_id", text_or_null(call)},
          {"action_id", text_or_null(action)},
          {"completed_by", text_or_null(completed_by)},
          {"retried_by", text_or_null(retried_by)},
          {"history", std::move(attempts_made)},
          {"created_at", time_or_null(created_ms)},
          {"updated_at", time_or_null(updated_ms)},
          {"ended_at", time_or_null(ended_ms)}};
}

Json Task::seen_by_rules() const {
  Json out{{"id", id},
           {"key", key},
           {"kind", kind},
           {"channel", channel},
           {"status", name(status)},
           {"attempts", attempts},
           {"max_attempts", max_attempts},
           {"due_at", due_ms},
           {"variables", variables},
           {"metadata", metadata}};
  for (const auto& [field, value] :
       {std::pair{"tenant", &tenant}, std::pair{"to", &to}, std::pair{"contact_id", &contact_id},
        std::pair{"agent_id", &agent_id}, std::pair{"source", &source}, std::pair{"outcome", &outcome},
        std::pair{"code", &code}, std::pair{"reason", &reason}, std::pair{"call_id", &call},
        std::pair{"action_id", &action}, std::pair{"campaign_id", &campaign}}) {
    if (!value->empty()) out[field] = *value;
  }
  if (next_ms != 0) out["next_attempt_at"] = next_ms;
  if (expires_ms != 0) out["expires_at"] = expires_ms;
  return out;
}

Task Task::from_json(const Json& row) {
  Task task;
  task.id = json_text(row, "id");
  task.key = json_text(row, "key");
  task.tenant = json_text(row, "tenant");
  task.kind = json_text(row, "kind");
  task.channel = json_text(row, "channel");
  task.to = json_text(row, "to");
  task.source = json_text(row, "source");
  task.agent_id = json_text(row, "agent_id");
  task.contact_id = json_text(row, "contact_id");
  task.due_ms = time_of(row, "due_at");
  task.next_ms = time_of(row, "next_attempt_at");
  task.expires_ms = time_of(row, "expires_at");
  task.attempts = number_of(row, "attempts");
  task.taken_back = number_of(row, "taken_back");
  task.max_attempts = number_of(row, "max_attempts");
  task.status = parse_task_status(json_text(row, "status")).value_or(TaskStatus::failed);
  task.outcome = json_text(row, "outcome");
  task.code = json_text(row, "code");
  task.reason = json_text(row, "reason");
  task.window = row.value("window", Json());
  task.retry = row.value("retry", Json());
  task.body = json_text(row, "body");
  task.variables = row.value("variables", Json::object());
  task.metadata = row.value("metadata", Json::object());
  task.priority = number_of(row, "priority");
  task.rule = json_text(row, "rule");
  task.campaign = json_text(row, "campaign_id");
  task.call = json_text(row, "call_id");
  task.action = json_text(row, "action_id");
  task.completed_by = json_text(row, "completed_by");
  task.retried_by = json_text(row, "retried_by");
  for (const Json& attempt : row.value("history", Json::array())) task.history.push_back(attempt_of(attempt));
  task.created_ms = time_of(row, "created_at");
  task.updated_ms = time_of(row, "updated_at");
  task.ended_ms = time_of(row, "ended_at");
  return task;
}

}  // namespace hookswitch
