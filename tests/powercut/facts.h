// What the engine promised to others while it was recorded, and when: read from what it sent.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/powercut/recorded.h"

namespace hookswitch::powercut {

/// All ordered by event.
struct Facts {
  struct Accepted {
    uint64_t event;
    uint64_t seq;
  };
  struct Named {
    uint64_t event;
    std::string action;
  };
  std::vector<Accepted> accepted;        // deliveries that were answered 200, with their sequence
  std::vector<Named> promised;           // calls that a person asked for, answered 202
  std::vector<Named> placed;             // requests to the provider that place a call
  std::map<uint64_t, std::string> body;  // of accepted deliveries, by sequence, as whoever sent it knows it
};

/// Everything but the bodies.
Facts read_facts(const Recording& recording);

}  // namespace hookswitch::powercut
