#include "tests/powercut/survival.h"

namespace hookswitch::powercut {

Survival::Survival(Kind kind, uint64_t seed, uint64_t oldest, uint64_t events) : kind_(kind), seed_(seed) {
  constexpr uint64_t kPercents[] = {10, 50, 90, 97};
  chosen_ = oldest + roll(1, 0, 0) % (events - oldest + 1);
  percent_ = kPercents[roll(2, 0, 0) % 4];
}

// splitmix64 of all of them.
uint64_t Survival::roll(uint64_t a, uint64_t b, uint64_t c) const {
  uint64_t x = seed_;
  for (uint64_t part : {a, b, c}) {
    x += 0x9e3779b97f4a7c15ULL + part;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    x ^= x >> 31;
  }
  return x;
}

bool Survival::keeps(uint64_t event, uint64_t page) const {
  switch (kind_) {
    case Kind::none:
      return false;
    case Kind::all:
      return true;
    case Kind::first_ones:
      return event <= chosen_;
    case Kind::one:
      return event == chosen_;
    case Kind::all_but_one:
      return event != chosen_;
    default:
      return roll(3, event, page) % 100 < percent_;
  }
}

bool Survival::tears(uint64_t event, uint64_t page) const {
  return kind_ == Kind::torn && roll(4, event, page) % 2 == 0;
}

bool Survival::keeps_sector(uint64_t event, uint64_t page, uint64_t sector) const {
  return roll(5 + sector, event, page) % 2 == 0;
}

const char* Survival::name() const {
  constexpr const char* kNames[] = {"none", "all", "first ones", "some", "one", "all but one", "torn"};
  return kNames[static_cast<int>(kind_)];
}

}  // namespace hookswitch::powercut
