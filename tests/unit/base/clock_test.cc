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

TEST_CASE("a manual clock that is put right moves no steady time") {
  ManualClock clock(1000);
  clock.jump_ms(500);
  CHECK(clock.now_ms() == 1500);
  CHECK(clock.steady_us() == 1'000'000);
  clock.set_ms(2000);
  CHECK(clock.now_ms() == 2000);
}

TEST_CASE("a clock that is set makes nothing older than it is") {
  constexpr int64_t kMinute = 60'000;
  ManualClock clock(100 * kMinute);
  Elapsed elapsed(clock);
  clock.advance_ms(10 * kMinute);
  const int64_t sent_ms = clock.now_ms();
  CHECK(elapsed.since_ms(sent_ms) == 0);
  CHECK(elapsed.since_ms(sent_ms - 4 * kMinute) == 4 * kMinute);
  CHECK(elapsed.since_ms(sent_ms - 50 * kMinute) == 10 * kMinute);  // since it began

  clock.advance_ms(kMinute);
  clock.jump_ms(60 * kMinute);
  CHECK(elapsed.since_ms(sent_ms) == kMinute);
  CHECK(elapsed.since_ms(sent_ms + 30 * kMinute) == 0);  // the clock never said that
  clock.advance_ms(2 * kMinute);
  CHECK(elapsed.since_ms(sent_ms) == 3 * kMinute);
  CHECK(elapsed.since_ms(clock.now_ms() - kMinute) == kMinute);

  clock.jump_ms(-63 * kMinute);  // what it says now it has said before: of two times the later
  CHECK(elapsed.since_ms(sent_ms) == 0);
  CHECK(elapsed.since_ms(clock.now_ms() + 30 * kMinute) == 0);
  for (int n = 0; n < 1'000; ++n) {
    clock.advance_ms(kMinute);
    clock.jump_ms(n % 2 == 0 ? kMinute : -kMinute);
    elapsed.look();
  }
  CHECK(elapsed.since_ms(sent_ms) <= 1'000 * kMinute);
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
