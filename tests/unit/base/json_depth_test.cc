#include "engine/base/json_depth.h"

#include <catch2/catch.hpp>

using namespace hookswitch;

TEST_CASE("brackets count, but not those in texts") {
  CHECK_FALSE(nests_deeper("", 0));
  CHECK_FALSE(nests_deeper("1", 0));
  CHECK(nests_deeper("[]", 0));
  CHECK_FALSE(nests_deeper("[]", 1));
  CHECK_FALSE(nests_deeper(R"([[],{},[]])", 2));
  CHECK(nests_deeper(R"({"a":[{}]})", 2));
  CHECK_FALSE(nests_deeper(R"({"[[[":"{{{\"[[["})", 1));
  CHECK(nests_deeper(std::string(1'000'000, '['), 128));
  CHECK_FALSE(nests_deeper("]]]][", 1));
}
