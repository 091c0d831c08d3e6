// A state from a backup, brought to the end of its log, with what may have been done since the backup was made held
// back: the engine that went on after the backup may have rung somebody, and nothing here knows of it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/workbench/stage.h"

namespace hookswitch {

struct CatchUpSummary {
  uint64_t records = 0;              // processed
  uint64_t corrupt = 0;              // of them unreadable: dead letters
  uint64_t held_actions = 0;         // would have been sent; a person may retry each
  uint64_t held_tasks = 0;           // were due before now, under way, or attempted since the backup: canceled
  uint64_t later_tasks = 0;          // are due later and go on; counted where nobody knows of attempts since
  uint64_t held_campaigns = 0;       // were running: paused
  uint64_t held_timers = 0;          // of rules, due before now: they fire, but what they ask for is held
  std::vector<std::string> waiting;  // of what is held, a line each, the first hundred
};

class CatchUp {  // [one thread]
 public:
  struct Parts {
    const Log& log;
    const Decoder& decoder;
    const Directory& directory;
    RuleSet& rules;
    const Clock& clock;
    Store& store;
    int64_t remember_ms = 0;
    /// The engine did nothing after the backup: everything that waits may go on.
    bool nothing_since = false;
    /// The state whose place it takes, which knows what was attempted after the backup; null: none that can be read.
    const Reader* replaced = nullptr;
  };
  using GoOn = std::function<bool(uint64_t done, uint64_t of)>;  // records; return false to stop

  explicit CatchUp(Parts parts) : parts_(std::move(parts)) {}
  /// Errors: io, unavailable (disk full, stopped).
  Result<CatchUpSummary> run(const GoOn& go_on = {});

 private:
  Status read_log(const GoOn& go_on);
  Status hold_back();

  const Parts parts_;
  CatchUpSummary summary_;
};

}  // namespace hookswitch
