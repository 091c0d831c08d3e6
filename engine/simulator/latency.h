// How long answers took, in steps of six per cent, at a fixed size.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace hookswitch {

class Latencies {
 public:
  void add(int64_t us) {
    ++counts_[step_of(us < 0 ? 0 : static_cast<uint64_t>(us))];
    ++total_;
  }
  /// The upper end of the step that holds the q-quantile; 0 when there is nothing.
  int64_t quantile_us(double q) const {
    auto left = static_cast<uint64_t>(q * static_cast<double>(total_));
    for (size_t step = 0; step < counts_.size(); ++step) {
      if (counts_[step] > left) return upper_end(step);
      left -= counts_[step];
    }
    return 0;
  }

 private:
  static constexpr size_t kParts = 16;  // of each power of two
  static constexpr size_t kPowers = 40;

  static size_t step_of(uint64_t us) {
    if (us < kParts) return us;
    auto power = static_cast<size_t>(std::bit_width(us)) - 5;  // us >> power is in [16, 31]
    return std::min(kParts * power + (us >> power), kParts * kPowers - 1);
  }
  static int64_t upper_end(size_t step) {
    if (step < 2 * kParts) return static_cast<int64_t>(step);
    size_t power = step / kParts - 1;
    return static_cast<int64_t>(((step % kParts + kParts + 1) << power) - 1);
  }

  std::array<uint64_t, kParts * kPowers> counts_{};
  uint64_t total_ = 0;
};

}  // namespace hookswitch
