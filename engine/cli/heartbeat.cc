#include "engine/cli/heartbeat.h"

#include <algorithm>

namespace hookswitch::cli {

bool Heartbeat::beat(int patience) {
  bool well = std::ranges::all_of(*answered_, [&](const std::atomic<uint64_t>& answered) {
    return beats_ - answered.load() < static_cast<uint64_t>(patience);
  });
  ++beats_;
  for (size_t i = 0; i < answered_->size(); ++i) {
    server_.post(i, [answered = answered_, i, beat = beats_] { (*answered)[i] = beat; });
  }
  return well;
}

}  // namespace hookswitch::cli
