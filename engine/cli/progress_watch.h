// Whether the processor comes any further: a record that nobody gets past is told of, for deliveries are still
// accepted.
#pragma once

#include <atomic>
#include <cstdint>

namespace hookswitch::cli {

class ProgressWatch {
 public:
  /// [main] Now and then: what was processed, and what there is.
  void look(uint64_t position, uint64_t last_seq, int64_t now_us) {
    if (position == position_ && position < last_seq) return;
    position_ = position;
    moved_us_ = now_us;
  }

  /// [any] For how many seconds nothing was processed though there was something; 0 while that is no longer than usual.
  int64_t stuck_secs(int64_t now_us) const {
    const int64_t us = now_us - moved_us_;
    return us > kPatienceUs ? us / 1'000'000 : 0;
  }
  /// [any] The record it is about.
  uint64_t seq() const { return position_ + 1; }

 private:
  static constexpr int64_t kPatienceUs = 30'000'000;
  std::atomic<uint64_t> position_{UINT64_MAX};
  std::atomic<int64_t> moved_us_{INT64_MAX};  // nobody has looked yet
};

}  // namespace hookswitch::cli
