#include "engine/base/clock.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ranges>

namespace hookswitch {
namespace {

constexpr int64_t kSetByMs = 1'000;    // by less no clock is set forward that it matters for
constexpr size_t kStretchesMax = 100;  // what was before them counts from the first of them

}  // namespace

using std::chrono::duration_cast;

int64_t SystemClock::now_ms() const {
  return duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

int64_t SystemClock::steady_us() const {
  return duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

Elapsed::Elapsed(const Clock& clock) : clock_(clock) { look(); }

void Elapsed::look() {
  Stretch now{clock_.now_ms(), clock_.steady_us() / 1000};
  if (!stretches_.empty()) {
    const Stretch& last = stretches_.back();
    if (std::abs((now.wall_ms - last.wall_ms) - (now.steady_ms - last.steady_ms)) <= kSetByMs) return;
  }
  stretches_.push_back(now);
  if (stretches_.size() > kStretchesMax) stretches_.pop_front();
}

// The clock may have said `then_ms` more than once: the last time counts.
int64_t Elapsed::since_ms(int64_t then_ms) {
  look();
  const int64_t now_ms = clock_.steady_us() / 1000;
  int64_t end_ms = now_ms;
  for (const Stretch& stretch : std::views::reverse(stretches_)) {
    if (then_ms >= stretch.wall_ms)
      return now_ms - std::min(end_ms, stretch.steady_ms + (then_ms - stretch.wall_ms));
    end_ms = stretch.steady_ms;
  }
  return now_ms - end_ms;
}

}  // namespace hookswitch
