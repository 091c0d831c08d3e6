// When a record is said to have arrived: by the clock, which jitters and is sometimes set.
#pragma once

#include <algorithm>
#include <cstdint>

namespace hookswitch {

/// A clock that goes back by more than this was set; by less, it is as if it had stood still.
constexpr int64_t kClockSetBackMs = 60'000;

constexpr bool was_set_back(int64_t before_ms, int64_t now_ms) {
  return now_ms<before_ms&& static_cast<uint64_t>(before_ms) - static_cast<uint64_t>(now_ms)> kClockSetBackMs;
}

/// Not before the record before it, unless the clock was set back: a time that was once far ahead by mistake must not
/// be everybody's time until then.
constexpr int64_t arrival_ms(int64_t before_ms, int64_t now_ms) {
  return was_set_back(before_ms, now_ms) ? now_ms : std::max(before_ms, now_ms);
}

}  // namespace hookswitch
