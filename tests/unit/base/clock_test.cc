#include "engine/base/clock.h"

#include <catch2/catch.hpp>

using namespace hookswitch;

TEST_CASE("a manual clock stands still until it is moved") {
  ManualClock clock(1000);
  CHECK(clock.now_ms() == 1000);
  clock.advance_ms(5);
  CHECK(clock.now_ms() == 1005);
  CHECK(clock.steady_us() == 1'005'000);
  clock.set_ms(3);
  CHECK(clock.now_ms() == 3);
}

TEST_CASE("the system clock's steady time never goes back") {
  SystemClock clock;
  int64_t last = clock.steady_us();
  for (int i = 0; i < 1000; ++i) {
    int64_t now = clock.steady_us();
    CHECK(now >= last);
    last = now;
  }
  CHECK(clock.now_ms() > 1'700'000'000'000);
}
