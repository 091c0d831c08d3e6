#include "engine/base/clock.h"

#include <chrono>

namespace hookswitch {

using std::chrono::duration_cast;

int64_t SystemClock::now_ms() const {
  return duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

int64_t SystemClock::steady_us() const {
  return duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace hookswitch
