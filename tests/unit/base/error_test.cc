#include "engine/base/error.h"

#include <catch2/catch.hpp>

using namespace hookswitch;

TEST_CASE("an error carries its code and a formatted sentence") {
  Status status = fail(Code::too_large, "read {}: found {} bytes", "body", 12);
  REQUIRE_FALSE(status);
  CHECK(std::string(name(status.error().code)) == "too_large");
  CHECK(status.error().message == "read body: found 12 bytes");
}

TEST_CASE("wrapping puts in front what the caller was doing and keeps the code") {
  Status status = wrap(Error{Code::io, "no such file"}, "open log");
  CHECK(status.error().code == Code::io);
  CHECK(status.error().message == "open log: no such file");
}
