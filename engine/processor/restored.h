// After a restore nobody knows what was done since the backup. What comes of that time, a rule's timer that was overdue
// then and what a provider's list tells of it, is handled; but what rules ask for because of it waits for a person.
#pragma once

#include "engine/log/record.h"
#include "engine/rules/event.h"
#include "engine/state/timers.h"

namespace hookswitch {

constexpr const char* kRestoredCode = "restored";
constexpr const char* kRestoredReason =
    "restored from a backup: whether it was done after the backup was made is not known";

/// Rules see it as event.data.timer.restored.
void mark_restored(Timer& timer);
/// Whether an engine that is gone may have come to what is due then: the restore was later.
bool may_have_come(const Reader& reader, int64_t due_ms);
/// Whether what the event asks for may have been done already: it is such a timer's, or an import's from before the
/// restore.
bool may_be_done(const Reader& reader, const RecordView& record, const Event& event);

}  // namespace hookswitch
