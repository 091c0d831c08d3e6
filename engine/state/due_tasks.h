// How many people are to be reached now.
#pragma once

#include <cstdint>

#include "engine/state/store.h"

namespace hookswitch {

/// Scheduled tasks whose next attempt is due at or before `now_ms`; counted no further than `most`.
uint64_t count_due_tasks(const Reader& reader, int64_t now_ms, uint64_t most);

}  // namespace hookswitch
