// Room on the disk that is kept back, so that a full disk still lets through what is needed to get out of it.
//
// data/reserve is a file of zeros. When the disk is nearly full it is removed, and low() tells intake to refuse
// deliveries: what is freed is for the state, which processes and trims what is in the log already, and for the answers
// of providers. When space returns the file is made again and intake goes on; nothing has to be started anew.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "engine/base/clock.h"

namespace hookswitch {

class DiskReserve {
 public:
  struct Options {
    std::string file;                  // data/reserve
    uint64_t bytes = 32ULL << 20;      // of the file, but no more than an eighth of the disk
    uint64_t low_bytes = 16ULL << 20;  // free space under which deliveries are refused, but no more than a sixteenth
    int64_t look_us = 50'000;          // between two looks at the file system
  };

  /// Makes the file when there is room for it twice over.
  DiskReserve(Options options, const Clock& clock);

  /// [any] Whether the disk is nearly full. Looks at most every look_us, so it may be asked for each delivery.
  bool low() const;

  /// [main] Gives the file up when the disk is nearly full, makes it again when there is room. What it says is worth a
  /// line of the log; "" when nothing changed. Cheap, called about twice a second.
  std::string tend();

  /// [any] Whether the file is there.
  bool held() const { return held_; }

 private:
  uint64_t free_bytes() const;
  void fit_to_disk();
  void give_up();
  bool make();

  Options options_;  // not changed after the constructor
  const Clock& clock_;
  mutable std::atomic<int64_t> looked_us_ = INT64_MIN;
  mutable std::atomic<bool> low_ = false;
  std::atomic<bool> held_ = false;
  bool told_low_ = false;
};

}  // namespace hookswitch
