// Forgetting a person or a tenant: a walk through the state, a bounded step for each of its timers' records, so that a
// kill at any moment leaves a record that goes on. What the log holds is erased after it, by whoever reads the rows
// (erasure/).
//
// Key figures stay: they are numbers of nobody. So what calls contributed to them is kept, only that it was theirs is
// not.
#pragma once

#include <string_view>

#include "engine/log/record.h"
#include "engine/processor/directory.h"
#include "engine/state/erasures.h"
#include "engine/state/store.h"

namespace hookswitch {

/// `erasure` has an id and says of whom; the first step follows by itself.
void begin_erasure(Writer& writer, Erasure erasure, int64_t now_ms);

bool is_erasure_timer(std::string_view key);
/// The next step.
void erasure_due(Writer& writer, const RecordView& record, const Directory& directory);

/// What whoever goes through the log has done: {next_seq, done, seqs: [...], counts: {...}}. Dead letters and kept runs
/// of those records go too. {calls: [...]}: others' calls, whose records have the number masked by now. {suppressed:
/// [...]}: what the do-not-call list has of the person, which outlives the records that said it. {names: [...]}: ids of
/// calls of theirs of which no row had the number; these go, and the state is walked through once more.
void note_erased(Writer& writer, const RecordView& record, Erasure erasure, const Json& note,
                 const Directory& directory);

}  // namespace hookswitch
