#include <catch2/catch.hpp>

#include "engine/outbox/breaker.h"
#include "engine/outbox/pace.h"

namespace hookswitch {
namespace {

constexpr int64_t kSecond = 1'000'000;

}  // namespace

TEST_CASE("a pace below one a second still lets one go at once, and then keeps its rate") {
  Pace pace(0.5);
  CHECK(pace.ready_us(kSecond) == kSecond);
  pace.take(kSecond);
  int64_t next = pace.ready_us(kSecond);
  CHECK(next > 2 * kSecond + kSecond / 2);
  CHECK(next <= 3 * kSecond + 10);
  CHECK(pace.ready_us(next) == next);
}

TEST_CASE("an hour of rest saves up one second's worth") {
  Pace pace(3);
  pace.take(kSecond);
  int64_t now = 3'600 * kSecond;
  for (int i = 0; i < 3; ++i) {
    CHECK(pace.ready_us(now) == now);
    pace.take(now);
  }
  CHECK(pace.ready_us(now) > now);
}

TEST_CASE("no rate is no limit") {
  Pace pace(0);
  for (int i = 0; i < 1000; ++i) {
    REQUIRE(pace.ready_us(kSecond) == kSecond);
    pace.take(kSecond);
  }
}

TEST_CASE("the breaker opens after failures in a row, not after as many with a success between") {
  Breaker breaker;
  for (int i = 1; i < limits::kBreakerFailures; ++i) breaker.bad(0, "x");
  CHECK(breaker.state(0) == Breaker::State::closed);
  breaker.good();
  for (int i = 1; i < limits::kBreakerFailures; ++i) breaker.bad(0, "x");
  CHECK(breaker.state(0) == Breaker::State::closed);
  breaker.bad(0, "x");
  CHECK(breaker.state(0) == Breaker::State::open);
  CHECK(breaker.ready_us(0) == limits::kBreakerMs * 1000);
}

TEST_CASE("one probe at a time; its failure waits longer, its success closes") {
  Breaker breaker;
  for (int i = 0; i < limits::kBreakerFailures; ++i) breaker.bad(0, "x");
  breaker.bad(1, "late news of what was sent before");
  int64_t when = breaker.ready_us(0);
  CHECK(when == limits::kBreakerMs * 1000);
  breaker.begin();
  CHECK(breaker.state(when) == Breaker::State::probing);
  CHECK(breaker.ready_us(when) > when + 3'600 * kSecond);
  breaker.bad(when, "x");
  CHECK(breaker.ready_us(when) == when + 2 * limits::kBreakerMs * 1000);
  breaker.begin();
  breaker.good();
  CHECK(breaker.state(when) == Breaker::State::closed);
  CHECK(breaker.ready_us(when) == when);
}

TEST_CASE("waiting has a bound, a probe that was not sent gives way, and a pause ends by itself") {
  Breaker breaker;
  int64_t now = 0;
  for (int i = 0; i < 40; ++i) {
    breaker.bad(now, "x");
    now = breaker.ready_us(now);
    breaker.begin();
  }
  breaker.bad(now, "x");
  CHECK(breaker.ready_us(now) == now + limits::kDeniedMs * 1000);
  now = breaker.ready_us(now);
  breaker.begin();
  breaker.withdraw();
  CHECK(breaker.ready_us(now) == now);
  breaker.reset();
  breaker.pause(now, 2'000);
  CHECK(breaker.ready_us(now) == now + 2 * kSecond);
  CHECK(breaker.state(now + 2 * kSecond) == Breaker::State::closed);
}

}  // namespace hookswitch
