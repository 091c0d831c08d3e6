// What a rebuild must not set going: actions and tasks that other rules derive from the past, and that nobody asked for
// when it was the present; and campaigns that did not run then.
#pragma once

#include <cstdint>

#include "engine/state/store.h"

namespace hookswitch {

struct HeldBack {
  uint64_t actions = 0;    // held: a person may retry each
  uint64_t tasks = 0;      // canceled
  uint64_t campaigns = 0;  // paused
};

/// Of what waits in `fresh`, only what waits in `old` too goes on waiting. `old` is null when it cannot be read: then
/// nothing does. Same log, same rules: nothing is held back.
Result<HeldBack> hold_back(Store& fresh, const Reader* old, int64_t now_ms);

}  // namespace hookswitch
