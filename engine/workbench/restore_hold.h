// What a restore holds back: the engine that went on after the backup may have rung somebody, and nothing here knows of
// it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/state/position.h"
#include "engine/state/store.h"

namespace hookswitch {

struct RestoreHold {
  uint64_t actions = 0;              // would have been sent; a person may retry each
  uint64_t tasks = 0;                // were due before the restore, under way, or attempted since: canceled
  uint64_t tasks_later = 0;          // are due after it and go on; counted where nobody knows of attempts since
  uint64_t campaigns = 0;            // were running: paused
  uint64_t timers = 0;               // of rules, due before the restore: they fire, but what they ask for is held
  std::vector<std::string> waiting;  // of what is held, a line each, the first hundred
};

/// Of a state that is at the end of what was restored. Remembers when and where that was. The same state and moment
/// give the same rows, so a rebuild does it again. `replaced`, if it can be read, is the state whose place it takes: a
/// task that was brought forward after the backup is due later here, and only there it is known to have been attempted.
Result<RestoreHold> hold_after_restore(Store& store, const RestoredAt& at, const Reader* replaced = nullptr);

/// Their ids. What cannot be read is left out, and the reader's status says so.
std::vector<std::string> campaigns_that_run(const Reader& reader);

}  // namespace hookswitch
