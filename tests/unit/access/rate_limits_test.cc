#include "engine/access/rate_limits.h"

#include <catch2/catch.hpp>

#include <thread>

using namespace hookswitch;

namespace {
constexpr int64_t kSecond = 1'000'000;
}

TEST_CASE("a bucket gives its burst at once and then one at a time") {
  Buckets buckets({.per_second = 2, .burst = 3});
  for (int i = 0; i < 3; ++i) CHECK_FALSE(buckets.take("a", 0));
  CHECK(buckets.take("a", 0) == 500);
  CHECK(buckets.take("a", kSecond / 4) == 250);
  CHECK_FALSE(buckets.take("a", kSecond / 2));
  CHECK(buckets.take("a", kSecond / 2) == 500);
  CHECK_FALSE(buckets.take("b", 0));
  // It never holds more than the burst.
  for (int i = 0; i < 3; ++i) CHECK_FALSE(buckets.take("a", 1000 * kSecond));
  CHECK(buckets.take("a", 1000 * kSecond));
}

TEST_CASE("looking takes nothing and makes no bucket") {
  Buckets buckets({.per_second = 1, .burst = 1});
  CHECK_FALSE(buckets.look("a", 0));
  CHECK(buckets.keys() == 0);
  CHECK_FALSE(buckets.take("a", 0));
  CHECK(buckets.look("a", 0) == 1000);
  CHECK(buckets.look("a", 0) == 1000);
  CHECK_FALSE(buckets.look("a", kSecond));
}

TEST_CASE("a clock that goes back gives nothing") {
  Buckets buckets({.per_second = 1, .burst = 1});
  CHECK_FALSE(buckets.take("a", 10 * kSecond));
  CHECK(buckets.take("a", 5 * kSecond));
}

TEST_CASE("the key unseen for longest is forgotten, so that memory has a bound") {
  Buckets buckets({.per_second = 0.001, .burst = 1}, 3);
  for (const char* key : {"a", "b", "c"}) CHECK_FALSE(buckets.take(key, 0));
  CHECK(buckets.take("a", 0));
  CHECK_FALSE(buckets.take("d", 0));  // b goes
  CHECK(buckets.keys() == 3);
  CHECK(buckets.take("a", 0));
  CHECK(buckets.take("c", 0));
  CHECK_FALSE(buckets.take("b", 0));
  for (int i = 0; i < 1000; ++i) buckets.take(std::to_string(i), 0);
  CHECK(buckets.keys() == 3);
}

TEST_CASE("a limit that is off never refuses; one that refuses is counted and says whole seconds") {
  Metrics metrics;
  ManualClock clock(1'000'000);
  RateRules rules;
  rules[Limited::token] = {.per_second = 10, .burst = 1};
  RateLimits limits(rules, metrics, clock);
  for (int i = 0; i < 100; ++i) CHECK_FALSE(limits.take(Limited::source, "x"));
  CHECK_FALSE(limits.take(Limited::token, "x"));
  CHECK(limits.take(Limited::token, "x") == 1);
  CHECK(metrics.text().find("hookswitch_rate_limited_total{limit=\"token\"} 1") != std::string::npos);
  clock.advance_ms(100);
  CHECK_FALSE(limits.take(Limited::token, "x"));
}

TEST_CASE("threads share a bucket and together get no more than it holds") {
  Buckets buckets({.per_second = 0.001, .burst = 1000});
  std::atomic<int> got = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 1000; ++n) got += buckets.take("a", 0) ? 0 : 1;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(got == 1000);
}
