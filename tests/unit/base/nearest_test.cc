#include "engine/base/nearest.h"

#include <catch2/catch.hpp>

using namespace hookswitch;

TEST_CASE("a mistyped word finds the known one") {
  const std::vector<std::string> known{"listen", "limits", "log", "public_url"};
  CHECK(nearest("lisen", known) == "listen");
  CHECK(nearest("Limit", known) == "limits");
  CHECK(nearest("publicurl", known) == "public_url");
  CHECK(suggestion("loq", known) == " (did you mean log?)");
}

TEST_CASE("a word that is close to nothing gets no suggestion") {
  CHECK(nearest("frobnicate", {"listen", "log"}).empty());
  CHECK(suggestion("", {"listen"}).empty());
  CHECK(nearest(std::string(100'000, 'x'), {"x"}).empty());
}
