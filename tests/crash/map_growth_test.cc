// kill -9 while the map of the log or of the state becomes larger: the moment at which nothing may be in use, and at
// which both are written to most.
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <catch2/catch.hpp>

#include <cstdlib>
#include <random>
#include <set>

#include "tests/e2e/posting.h"

namespace hookswitch::test {
namespace {

constexpr int kKills = 8;
constexpr int kSmallMapBytes = 256 * 1024;

std::string moment(std::mt19937& random) {
  switch (random() % 4) {
    case 0:
      return "before";
    case 1:
      return "after";
    default:
      return std::to_string(random() % 3'000);  // microseconds: what did not fit is written again, or committed
  }
}

/// An engine that is killed at the nth growth of one of its maps; false when that is before it is ready.
bool start_to_die(EngineProcess& engine, int nth, const std::string& when) {
  setenv("LD_PRELOAD", HOOKSWITCH_BINARY_DIR "/tests/libsmall_map.so", 1);
  setenv("HOOKSWITCH_SMALL_MAP", fmt::format("{} {} {}", kSmallMapBytes, nth, when).c_str(), 1);
  const bool ready = engine.try_start();
  unsetenv("HOOKSWITCH_SMALL_MAP");
  unsetenv("LD_PRELOAD");
  return ready;
}

}  // namespace

TEST_CASE("kill -9 while a map grows loses nothing acknowledged, and breaks neither store") {
  const char* given = std::getenv("HOOKSWITCH_SEED");
  const auto seed = static_cast<unsigned>(given == nullptr ? 20261121 : std::atoi(given));
  INFO("HOOKSWITCH_SEED=" << seed);
  std::mt19937 random(seed);

  EngineProcess engine;
  std::set<std::string> acknowledged;
  int under_load = 0;
  for (int kill = 0; kill < kKills; ++kill) {
    const std::string when = moment(random);
    INFO("kill " << kill << " " << when);
    if (!start_to_die(engine, 1 + static_cast<int>(random() % 5), when)) continue;
    Posting posting(engine, 3, 20'000, fmt::format("conv_{}", kill));
    int status = 0;
    REQUIRE(eventually([&] { return engine.has_ended(&status); }));
    REQUIRE(WTERMSIG(status) == SIGKILL);
    posting.stop();
    ++under_load;
    acknowledged.merge(posting.acknowledged_ids());
  }
  CHECK(under_load >= kKills / 2);
  REQUIRE(acknowledged.size() > 20);

  engine.start();
  REQUIRE(engine.settle());
  CHECK(missing_calls(engine, acknowledged) == std::vector<std::string>());
  CHECK(engine.api("/dead")["data"].empty());
  REQUIRE(engine.stop() == 0);
  std::string out;
  CHECK(engine.run("fsck", &out) == 0);
}

}  // namespace hookswitch::test
