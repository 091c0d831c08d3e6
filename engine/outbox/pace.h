// How fast one receiver is sent to: a bucket of tokens that fills at the configured rate.
#pragma once

#include <algorithm>
#include <cstdint>

namespace hookswitch {

class Pace {
 public:
  /// `per_second` 0: as fast as can be. At most one second's worth, and at least one, may go at once.
  explicit Pace(double per_second) : per_second_(per_second), tokens_(most()) {}

  /// When the next may go, in `now_us`'s time; now or earlier: at once.
  int64_t ready_us(int64_t now_us) {
    fill(now_us);
    if (per_second_ <= 0 || tokens_ >= 1) return now_us;
    return now_us + static_cast<int64_t>((1 - tokens_) / per_second_ * 1e6) + 1;
  }
  /// One goes.
  void take(int64_t now_us) {
    fill(now_us);
    tokens_ -= 1;
  }

 private:
  double most() const { return std::max(1.0, per_second_); }
  void fill(int64_t now_us) {
    if (filled_us_ != 0)
      tokens_ = std::min(most(), tokens_ + per_second_ * static_cast<double>(now_us - filled_us_) / 1e6);
    filled_us_ = now_us;
  }

  double per_second_;
  double tokens_;
  int64_t filled_us_ = 0;
};

}  // namespace hookswitch
