// All the chance of a simulation: one seed, one order of rolls.
#pragma once

#include <cstdint>

namespace hookswitch::simulation {

class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed) {}

  /// splitmix64: the same everywhere.
  uint64_t next() {
    uint64_t x = state_ += 0x9e3779b97f4a7c15ULL;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
  }
  /// From 0 to sides - 1.
  int64_t roll(int64_t sides) { return static_cast<int64_t>(next() % static_cast<uint64_t>(sides)); }
  bool chance(int of_a_thousand) { return roll(1000) < of_a_thousand; }

 private:
  uint64_t state_;
};

}  // namespace hookswitch::simulation
