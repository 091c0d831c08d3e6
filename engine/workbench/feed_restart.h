// The feed of changes begun anew, so that whoever follows it is told to fetch everything again.
#pragma once

#include <cstdint>

#include "engine/state/store.h"

namespace hookswitch {

/// Beyond any id that a state which cannot be read any more may have given to its changes.
constexpr uint64_t kFeedFarAhead = 1ULL << 32;

/// Forgets all changes; the next one gets an id after `last`, which is beyond every id so far.
Status restart_feed(Store& store, uint64_t last);

}  // namespace hookswitch
