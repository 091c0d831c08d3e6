// What status says of how much comes in.
#include "engine/cli/intake_rate.h"

#include <catch2/catch.hpp>

using hookswitch::cli::IntakeRate;

namespace {

constexpr int64_t kSecond = 1'000'000;

}  // namespace

TEST_CASE("an engine that nobody has looked at twice has no rate") {
  IntakeRate rate;
  CHECK(rate.per_second() == 0);
  rate.look(1'000'000, 5 * kSecond);
  CHECK(rate.per_second() == 0);
}

TEST_CASE("before it ran for a minute the rate is of the time since the start, and of what came in that") {
  IntakeRate rate;
  for (int64_t half = 0; half <= 20; ++half) rate.look(500 + static_cast<uint64_t>(half) * 15, half * kSecond / 2);
  CHECK(rate.per_second() == Approx(30));
}

TEST_CASE("the rate is of the last minute: what came before it is forgotten") {
  IntakeRate rate;
  for (int64_t second = 0; second <= 100; ++second) rate.look(static_cast<uint64_t>(second) * 100, second * kSecond);
  CHECK(rate.per_second() == Approx(100));
  for (int64_t second = 101; second <= 130; ++second) rate.look(10'000, second * kSecond);
  CHECK(rate.per_second() == Approx(50));
  for (int64_t second = 131; second <= 160; ++second) rate.look(10'000, second * kSecond);
  CHECK(rate.per_second() == 0);
}
