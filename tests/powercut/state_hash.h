// One number for each table of a state: two states are equal when all of them are.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "engine/state/store.h"

namespace hookswitch::powercut {

/// Of tables that the log alone determines; the others count as 0.
using StateHash = std::array<uint64_t, static_cast<size_t>(Table::count_)>;

struct Compared {
  bool keys = true;  // false: they hide what is private by a secret that each state makes for itself
  bool feed = true;  // false: a rebuild began the feed of changes anew
};

StateHash hash_state(const Reader& reader, Compared compared = {});

/// The numbers of the tables that differ, "3, 17".
std::string differing(const StateHash& one, const StateHash& other);

}  // namespace hookswitch::powercut
