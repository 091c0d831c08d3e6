// What is old goes: calls, transcripts and the feed's entries, each after a time of its own, in bounded steps of a
// timer's records; what actions said goes with calls of their age.
//
// The timer is set by the first event about a call and then by itself: a pass a day, from the oldest on. It is by the
// records' times, so a rebuild forgets the same.
#pragma once

#include <string_view>

#include "engine/log/record.h"
#include "engine/processor/directory.h"
#include "engine/state/store.h"

namespace hookswitch {

/// There may be something to forget one day: cheap when nothing is ever forgotten.
void expect_retention(Writer& writer, const RetentionPolicy& policy, int64_t now_ms);

bool is_retention_timer(std::string_view key);
/// The next step.
void retention_due(Writer& writer, const RecordView& record, const Directory& directory);

}  // namespace hookswitch
