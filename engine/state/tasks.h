// People to be reached: callbacks, check-ins, and whatever else is to be tried until it is done.
//
// A task is moved by records alone: what made it, the timer that finds it due, the action's outcome, and what rules say
// of the call that came of it. So its row can be made again from the log.
//
// Table tasks (text: put_key_text of keys.h):
//   't' id                                            -> the row, JSON
//   'n' i64 (newest first: created) id                -> id: all
//   's' status i64 (scheduled: the next attempt, soonest first; others: changed, newest first) id -> id
//   'c' text(campaign) id                             -> id: of a campaign
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/json.h"
#include "engine/state/json_rows.h"
#include "engine/state/store.h"

namespace hookswitch {

/// scheduled -> in_progress -> completed | scheduled again | failed | exhausted; canceled from where it waits.
/// `exhausted`: every attempt was made. `failed`: no further one would help, the code and reason say why.
enum class TaskStatus : uint8_t { scheduled, in_progress, completed, failed, canceled, exhausted };
const char* name(TaskStatus status);
std::optional<TaskStatus> parse_task_status(std::string_view text);
constexpr bool is_final(TaskStatus status) { return status >= TaskStatus::completed; }

struct TaskAttempt {
  int64_t at_ms = 0;
  std::string action;
  std::string call;     // "" for messages, and while there is none
  std::string outcome;  // "" while it is under way: completed, no_answer, busy, not_placed, no_word, ...
  std::string reason;
  int64_t ended_ms = 0;
};

struct Task {
  std::string id;   // task_id_of(tenant, key)
  std::string key;  // by which rules know it: one key is one task for ever
  std::string tenant;
  std::string kind = "callback";
  std::string channel = "call";  // or "sms"
  std::string to;                // E.164, or "": the contact's; else what was given, which is never rung
  std::string source, agent_id, contact_id;
  int64_t due_ms = 0;
  int64_t next_ms = 0;     // scheduled: not before
  int64_t expires_ms = 0;  // not after; 0: never
  int attempts = 0;        // made so far
  int taken_back = 0;      // beside them: asked for, and not made because the task was changed
  int max_attempts = 0;    // of `retry`
  TaskStatus status = TaskStatus::scheduled;
  std::string outcome;       // of the last attempt
  std::string code, reason;  // why it failed, or why it waits longer than it was asked to
  Json window;               // as read_hours() takes it; null: the tenant's
  Json retry;                // as read_retry() takes it, whole
  std::string body;          // of a message
  Json variables = Json::object(), metadata = Json::object();
  int priority = 0;
  std::string rule;  // who asked: a rule's name, or "command"
  std::string campaign;
  std::string call, action;  // of the last attempt
  std::string completed_by;  // the rule that said so of that attempt; "": nobody can take it back
  std::string retried_by;    // the rule that said that it came to nothing; "": nobody can say so better
  std::vector<TaskAttempt> history;
  int64_t created_ms = 0, updated_ms = 0, ended_ms = 0;

  Json to_json() const;        // as GET /tasks shows it
  Json seen_by_rules() const;  // times in milliseconds, without what is not known
  static Task from_json(const Json& row);
};

/// "task_" and 24 hex digits. Tenants do not share keys.
std::string task_id_of(std::string_view tenant, std::string_view key);

/// Writes the row and moves its index rows.
void put_task(Writer& writer, const Task& task);
std::optional<Task> find_task(const Reader& reader, std::string_view id);
/// Without a trace, but for its timer. Whether it was there.
bool remove_task(Writer& writer, std::string_view id);

struct TaskFilter {
  std::string status, kind, tenant, campaign, to, contact;  // "" for any
};
/// Those of one status in its order, else the newest first; those of a campaign by id.
Result<JsonPage> task_page(const Reader& reader, const TaskFilter& filter, std::string_view cursor, size_t limit);

/// Ids of a campaign's tasks after `after`, at most `limit`.
std::vector<std::string> campaign_tasks(const Reader& reader, std::string_view campaign, std::string_view after,
                                        size_t limit);

}  // namespace hookswitch
