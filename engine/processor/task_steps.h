// The steps that tasks.cc, task_attempts.cc and preview.cc share. Not for others.
#pragma once

#include <expected>
#include <string>

#include "engine/processor/tasks.h"

namespace hookswitch {

/// Writes the row and tells those who watch.
void save_task(Writer& writer, Task& task, int64_t now_ms);

/// Sets the one timer of a task: its next attempt, or the end of waiting for the outcome of the present one.
void set_task_timer(Writer& writer, const Task& task, int64_t at_ms, int64_t deadline_ms);
/// The deadline that its timer was set with.
int64_t deadline_of(const Reader& reader, const Task& task);

/// One that has ended stays as it is.
void end_attempt(Task& task, const std::string& outcome, const std::string& reason, int64_t now_ms);
void end_task(Writer& writer, Task& task, TaskStatus status, const std::string& code, const std::string& reason,
              int64_t now_ms);
/// The attempt came to `outcome`: see retry_task().
void settle_attempt(Writer& writer, Task& task, const AttemptOutcome& ended, int64_t now_ms);

/// The number that was asked for, else the contact's dialled_phone() as it is now; or why there is none: a code.
std::expected<std::string, std::string> number_of_task(const Reader& reader, const Task& task);
/// The action that an attempt is.
Action action_of_task(const Task& task, const std::string& number, const std::string& source);

}  // namespace hookswitch
