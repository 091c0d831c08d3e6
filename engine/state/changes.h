// What changed, in order, for those who watch: the event streams read on from the last change they sent.
//
// Table changes, key: u64 big-endian id: 1, 2, 3 ... Row: compact JSON, such as {"calls":[...],"activity":[...]}.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/base/limits.h"
#include "engine/state/store.h"

namespace hookswitch {

/// Its id.
uint64_t append_change(Writer& writer, std::string_view json);

/// The id of the newest change, 0 when there was none yet.
uint64_t last_change(const Reader& reader);
/// The id of the oldest one kept, 0 when there is none: who wants to go on from before it has missed something.
uint64_t first_change(const Reader& reader);

/// Visits changes after `id`, oldest first, at most `count`, until `visit` returns false.
void read_changes(const Reader& reader, uint64_t after_id, size_t count,
                  const std::function<bool(uint64_t id, std::string_view json)>& visit);

/// Forgets the oldest ones beyond `kept`, at most `steps` of them; the newest always stays, so ids are never used
/// again. Whether there is more to forget.
bool trim_changes(Writer& writer, size_t steps, uint64_t kept = limits::kChangesKept);

}  // namespace hookswitch
