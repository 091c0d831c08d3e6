// What of the writes that nobody synced reaches the disk before the power goes: a choice, made by a seed.
//
// A disk and its caches may write in any order what no sync orders, and a sector either is written or is not.
#pragma once

#include <cstdint>
#include <string>

namespace hookswitch::powercut {

constexpr uint64_t kPageBytes = 4096;   // what the page cache keeps and LMDB writes
constexpr uint64_t kSectorBytes = 512;  // what a disk writes whole

class Survival {
 public:
  enum class Kind {
    none,        // only what was synced
    all,         // everything: the process was killed, the machine was not
    first_ones,  // in the order they were done, up to some event
    some,        // each page on its own
    one,         // of one event alone
    all_but_one,
    torn,  // each page on its own, and of some pages only some sectors
    count_
  };

  /// For a cut after `events` events, of which those since `oldest` may matter.
  Survival(Kind kind, uint64_t seed, uint64_t oldest, uint64_t events);

  /// Whether a change that event `event` made reaches the disk: a page of a file, or (page 0) a directory's entries or
  /// a file's size.
  bool keeps(uint64_t event, uint64_t page) const;
  /// Whether of that page only some sectors are written.
  bool tears(uint64_t event, uint64_t page) const;
  bool keeps_sector(uint64_t event, uint64_t page, uint64_t sector) const;

  const char* name() const;
  uint64_t chosen() const { return chosen_; }

 private:
  uint64_t roll(uint64_t a, uint64_t b, uint64_t c) const;

  Kind kind_;
  uint64_t seed_;
  uint64_t chosen_ = 0;   // an event
  uint64_t percent_ = 0;  // of changes that are kept
};

}  // namespace hookswitch::powercut
