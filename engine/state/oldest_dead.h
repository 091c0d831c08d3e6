// The record that a dead letter needs for longest.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/state/store.h"

namespace hookswitch {

/// The lowest sequence, from `seq` on, of a record with a dead letter.
std::optional<uint64_t> oldest_dead(const Reader& reader, uint64_t seq = 0);

}  // namespace hookswitch
