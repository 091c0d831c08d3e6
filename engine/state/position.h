// How far the processor has come in the log. Saved with the effects, so they happen exactly once.
//
// Table meta, key "position": u64 sequence of the last processed record; key "restored", after a restore: i64 when it
// was, u64 sequence of the last record then, and the same of each restore before it, the newest first.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/state/store.h"

namespace hookswitch {

/// 0: nothing was processed yet.
uint64_t read_position(const Reader& reader);

void put_position(Writer& writer, uint64_t seq);

/// When a backup was put back, and where the log ended then.
struct RestoredAt {
  int64_t time_ms = 0;
  uint64_t last_seq = 0;
  bool operator==(const RestoredAt&) const = default;
};
/// The last time.
std::optional<RestoredAt> read_restored(const Reader& reader);
/// Each time, the oldest first.
std::vector<RestoredAt> read_restores(const Reader& reader);
/// Once more; one that is known already changes nothing.
void put_restored(Writer& writer, const RestoredAt& at);

}  // namespace hookswitch
