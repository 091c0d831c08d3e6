// What the engine's state must say, worked out from the log alone by a program of a few lines.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "engine/log/log.h"
#include "engine/state/store.h"

namespace hookswitch::simulation {

struct Model {
  uint64_t pings = 0, weight = 0, reminded = 0;
  uint64_t chain = 0;  // depends on the order of events
  uint64_t dead = 0;
  std::set<std::string> ids;  // of deliveries in the log

  /// What one after another makes of it.
  static Model of(const Log& log);
  /// What does not agree; "" when everything does.
  std::string differs_from(const Reader& reader) const;
};

}  // namespace hookswitch::simulation
