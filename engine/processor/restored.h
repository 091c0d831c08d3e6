// After a restore nobody knows what was done since the backup. What a rule's timer asks for that was overdue then waits
// for a person; the rest of what the timer does is done.
#pragma once

#include "engine/log/record.h"
#include "engine/state/timers.h"

namespace hookswitch {

constexpr const char* kRestoredCode = "restored";
constexpr const char* kRestoredReason =
    "restored from a backup: whether it was done after the backup was made is not known";

/// Rules see it as event.data.timer.restored.
void mark_restored(Timer& timer);
/// Whether a timer's record comes of such a timer.
bool is_restored(const RecordView& record);

}  // namespace hookswitch
