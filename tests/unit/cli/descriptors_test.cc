#include "engine/cli/descriptors.h"

#include <sys/resource.h>
#include <catch2/catch.hpp>

namespace hookswitch::cli {

TEST_CASE("as many files as the system allows are taken, and connections that do not fit are complained of") {
  rlimit given{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &given) == 0);
  REQUIRE(given.rlim_max >= 2'000);
  const rlimit few{.rlim_cur = 600, .rlim_max = given.rlim_max};
  REQUIRE(setrlimit(RLIMIT_NOFILE, &few) == 0);

  CHECK(take_descriptors(1'000) == "");
  rlimit taken{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &taken) == 0);
  CHECK(taken.rlim_cur == given.rlim_max);
  const std::string complaint = take_descriptors(given.rlim_max);
  CHECK(complaint.find("limits.connections") != std::string::npos);
  CHECK(complaint.find(std::to_string(given.rlim_max)) != std::string::npos);

  REQUIRE(setrlimit(RLIMIT_NOFILE, &given) == 0);
}

}  // namespace hookswitch::cli
