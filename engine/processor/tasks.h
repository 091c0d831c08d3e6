// Tasks on the processor's side: callbacks and check-ins, from when they are due to how they ended.
//
// The mechanics are here: when an attempt is due, what became of it, when the next one is. What an ended call means for
// its task is the rules' word: rules/callbacks.lua says complete or retry. A task that nobody says anything of has a
// deadline, so none is under way for ever.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/calling/policy.h"
#include "engine/log/record.h"
#include "engine/processor/directory.h"
#include "engine/providers/sources.h"
#include "engine/state/actions.h"
#include "engine/state/store.h"
#include "engine/state/tasks.h"
#include "engine/state/timers.h"

namespace hookswitch {

struct TaskAsker {
  std::string tenant;
  std::string rule;  // or "command"
  int64_t now_ms = 0;
  std::string campaign = {};
  std::string source = {};  // where a new one that names none goes to; "": as it is when it is due
};

/// Makes the task of `wish`, which read_task_wish() has passed and which has a key; or changes one that waits for its
/// attempt. One that is under way or ended stays as it is: a key is one task for ever, so that a rule that runs again
/// rings nobody again.
Task schedule_task(Writer& writer, const Json& wish, const TaskAsker& asker, const CallingPolicy& policy);

/// A tenant's task by its key, or by its id any that is this tenant's own or nobody's ("" sees all).
std::optional<Task> resolve_task(const Reader& reader, std::string_view tenant, std::string_view key_or_id);

/// What makes a further attempt of this one a second call: another task by the same key of a call, made before it was
/// known which call that is, or whose. One that is completed or was dialled, of two that were the one made first. A
/// person's task is none of another tenant's.
std::optional<Task> same_task_before(const Reader& reader, const Task& task);

/// Reached; an action of it that waits is taken back. Also one that had failed, since a late word of success is true.
/// `by` is the rule that says so of the last attempt, "" for anybody else; said again by that rule, the outcome is what
/// it says last. False: nothing changed, it was completed or canceled.
bool complete_task(Writer& writer, const RecordView& record, Task task, const std::string& outcome,
                   const std::string& by = "");

/// Takes it back, with an action of it that waits. A call under way goes on. False: it has ended.
bool cancel_task(Writer& writer, const RecordView& record, Task task, const std::string& reason);

struct AttemptOutcome {
  std::string outcome = "failed";
  std::optional<int64_t> at_ms;  // instead of what its retry policy says of when and whether
  std::string reason = {};
  std::string action = {};  // "", or the attempt that is spoken of: a word about an earlier one changes nothing
  std::string rule = {};    // that says so, if one does
};
/// The attempt under way came to nothing: another one is scheduled, or the task is exhausted or failed. The same goes
/// for the last one, of which this very rule said something else within the hour, before it heard better; when another
/// one is scheduled, its time stays. False: the task's status stays.
bool retry_task(Writer& writer, Task task, const AttemptOutcome& ended, int64_t now_ms);

/// Once more, as a person's word, whatever it came to; not while it is under way.
bool reopen_task(Writer& writer, Task task, int64_t at_ms, int64_t now_ms);

/// New words of read_task_change() for one that has not ended.
void change_task(Writer& writer, Task task, const Json& change, const CallingPolicy& policy, int64_t now_ms);

/// Before that: an attempt that is asked for and not sent yet is taken back if the change would make it another one,
/// and the task is due anew. Returns the task as it is then.
Task take_attempt_back(Writer& writer, const RecordView& record, Task task, const Json& change,
                       const CallingPolicy& policy);

/// Its next attempt is due then.
void wait_for_attempt(Writer& writer, Task& task, int64_t at_ms, int64_t now_ms);

bool is_task_timer(std::string_view key);
/// How long it was waited, when this timer is due, for the outcome of an attempt; 0: it is no such timer.
int64_t task_wait_ms(const Timer& timer);
/// A task's timer came due, at `due_ms`: an attempt, or the end of waiting for one's outcome. ":early" of the record: so
/// much of the wait, in ms, has perhaps not gone by, because the clock was set or the engine began since.
void task_due(Writer& writer, const RecordView& record, int64_t due_ms, const Directory& directory,
              const Sources& sources);

/// The action that is an attempt of a task is done, failed, refused, held or canceled.
void task_attempt_changed(Writer& writer, const Action& action, const RecordView& record);

}  // namespace hookswitch
