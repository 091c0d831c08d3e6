// Tells one made-up call in the words that all providers share, for their plugins to report as they would.
#pragma once

#include <string>
#include <vector>

#include "engine/base/json.h"
#include "engine/simulator/dice.h"

namespace hookswitch {

/// Whose calls are made up.
struct SimulatedTenant {
  std::string agent_id;
  std::string number;  // E.164
};

struct StoryOptions {
  std::vector<SimulatedTenant> tenants;  // at least one
  double outbound = 0.3;                 // share of calls that go out
  int64_t callers = 200;                 // different people; each calls again and again. At most kCallersMax
  int64_t audio_bytes = 0;               // of the recorded sound; 0: none
};

constexpr int64_t kCallersMax = 3'000;  // numbers kept free for fiction: 30 area codes with 100 each

/// What hookswitch_simulation describes. All chance comes from `dice`.
Json make_story(const StoryOptions& options, int64_t started_ms, Dice& dice);

}  // namespace hookswitch
