// How many records came in a second, lately.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>

namespace hookswitch::cli {

class IntakeRate {
 public:
  /// [main] Now and then: the newest record there is.
  void look(uint64_t last_seq, int64_t now_us) {
    std::lock_guard lock(mutex_);
    if (!looks_.empty() && now_us - looks_.back().at_us < kStepUs) return;
    looks_.push_back({now_us, last_seq});
    while (looks_.size() > 2 && looks_[1].at_us <= now_us - kSpanUs) looks_.pop_front();
  }

  /// [any] Over the last minute, or since the start where that is later.
  double per_second() const {
    std::lock_guard lock(mutex_);
    if (looks_.size() < 2) return 0;
    const Look &first = looks_.front(), &last = looks_.back();
    return static_cast<double>(last.seq - first.seq) * 1e6 / static_cast<double>(last.at_us - first.at_us);
  }

 private:
  static constexpr int64_t kStepUs = 1'000'000;
  static constexpr int64_t kSpanUs = 60'000'000;
  struct Look {
    int64_t at_us = 0;
    uint64_t seq = 0;
  };
  mutable std::mutex mutex_;
  std::deque<Look> looks_;  // guarded
};

}  // namespace hookswitch::cli
