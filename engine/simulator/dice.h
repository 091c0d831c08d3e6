// Seeded chance: the same seed gives the same throws on every machine and with every compiler.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace hookswitch {

/// SplitMix64.
class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed) {}
  /// For one part of something bigger, so that its throws do not depend on how often others threw.
  Dice(uint64_t seed, uint64_t part) : state_(seed ^ (part + 1) * 0xD1342543DE82EF95) { next(); }

  uint64_t next() {
    uint64_t z = state_ += 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }
  /// From `low` to `high`, both included.
  int64_t between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(next() % static_cast<uint64_t>(high - low + 1));
  }
  /// In [0, 1).
  double fraction() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  bool happens(double probability) { return fraction() < probability; }
  template <class T>
  const T& one_of(std::span<const T> items) {
    return items[next() % items.size()];
  }
  /// Lower-case hex digits.
  std::string hex(size_t digits) {
    std::string out;
    while (out.size() < digits) out += "0123456789abcdef"[next() & 15];
    return out;
  }

 private:
  uint64_t state_;
};

}  // namespace hookswitch
