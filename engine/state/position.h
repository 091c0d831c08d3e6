// How far the processor has come in the log. Saved with the effects, so they happen exactly once.
//
// Table meta, key "position": u64 sequence of the last processed record.
#pragma once

#include <cstdint>

#include "engine/state/store.h"

namespace hookswitch {

/// 0: nothing was processed yet.
uint64_t read_position(const Reader& reader);

void put_position(Writer& writer, uint64_t seq);

}  // namespace hookswitch
