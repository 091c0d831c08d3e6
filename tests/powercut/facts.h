// What the engine promised to others while it was recorded, and when: read from what it sent.
#pragma once

#include <cstdint>
#include <map>
#include <set>
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
  struct Forgotten {
    uint64_t event;  // it was said that nothing is left of them
    std::string erasure;
    std::string phone;
  };
  std::vector<Accepted> accepted;        // deliveries that were answered 200, with their sequence
  std::vector<Named> promised;           // calls that a person asked for, answered 202
  std::vector<Named> placed;             // requests to the provider that place a call
  std::vector<uint64_t> erasures;        // events: somebody is going to be forgotten, answered 202
  std::vector<Forgotten> forgotten;      // without the numbers, when read
  std::set<std::string> erased_actions;  // of people who were to be forgotten
  std::map<uint64_t, std::string> body;  // of accepted deliveries, by sequence, as whoever sent it knows it
};

/// What the answers say; who sent the requests knows the rest.
Facts read_facts(const Recording& recording);

}  // namespace hookswitch::powercut
