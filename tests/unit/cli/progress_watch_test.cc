// When a processor that comes no further is told of.
#include "engine/cli/progress_watch.h"

#include <catch2/catch.hpp>

using hookswitch::cli::ProgressWatch;

namespace {

constexpr int64_t kSecond = 1'000'000;

}  // namespace

TEST_CASE("a processor that nobody has looked at, or that has nothing to do, is not stuck") {
  ProgressWatch watch;
  CHECK(watch.stuck_secs(1'000 * kSecond) == 0);
  for (int64_t second = 0; second < 100; ++second) watch.look(7, 7, second * kSecond);
  CHECK(watch.stuck_secs(100 * kSecond) == 0);
}

TEST_CASE("a processor that goes on is not stuck, however far it is behind") {
  ProgressWatch watch;
  for (int64_t second = 0; second < 100; ++second) watch.look(static_cast<uint64_t>(second), 1'000, second * kSecond);
  CHECK(watch.stuck_secs(100 * kSecond) == 0);
}

TEST_CASE("a processor that does not get past a record for more than thirty seconds is stuck until it does") {
  ProgressWatch watch;
  watch.look(7, 7, 0);
  watch.look(7, 7, 1'000 * kSecond);
  for (int64_t second = 1'000; second < 1'040; ++second) watch.look(7, 9, second * kSecond);
  CHECK(watch.stuck_secs(1'030 * kSecond) == 0);
  CHECK(watch.stuck_secs(1'041 * kSecond) == 41);
  CHECK(watch.seq() == 8);
  watch.look(8, 9, 1'042 * kSecond);
  CHECK(watch.stuck_secs(1'043 * kSecond) == 0);
}
