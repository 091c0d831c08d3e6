#include "engine/base/time_text.h"

#include <catch2/catch.hpp>

using namespace hookswitch;

TEST_CASE("a time is printed in UTC, with milliseconds only when there are any") {
  CHECK(rfc3339(1739537297000) == "2025-02-14T12:48:17Z");
  CHECK(rfc3339(1739537297045) == "2025-02-14T12:48:17.045Z");
  CHECK(rfc3339(0) == "1970-01-01T00:00:00Z");
  CHECK(rfc3339(-1) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("a time is read in every form that RFC 3339 allows") {
  CHECK(parse_rfc3339("2025-02-14T12:48:17Z") == 1739537297000);
  CHECK(parse_rfc3339("2025-02-14t12:48:17z") == 1739537297000);
  CHECK(parse_rfc3339("2025-02-14 14:48:17+02:00") == 1739537297000);
  CHECK(parse_rfc3339("2025-02-14T09:18:17-03:30") == 1739537297000);
  CHECK(parse_rfc3339("2025-02-14T12:48:17.0459Z") == 1739537297045);
  CHECK(parse_rfc3339("2024-02-29T00:00:00Z") == 1709164800000);
}

TEST_CASE("what is no time is refused") {
  auto text = GENERATE(as<std::string>{}, "", "2025-02-14", "2025-02-14T12:48Z", "2025-02-14T12:48:17",
                       "2025-02-30T12:48:17Z", "2025-13-01T00:00:00Z", "2025-02-14T24:00:00Z", "2025-02-14T12:60:00Z",
                       "2025-02-14T12:48:17+2:00", "2025-02-14T12:48:17Z ", "noon", "0000-01-01T00:00:00+00:01",
                       "9999-12-31T23:59:59-00:01", "9999-12-31T23:59:60Z");
  INFO(text);
  CHECK_FALSE(parse_rfc3339(text));
}

TEST_CASE("a time beyond the years of four digits is printed as the last one, or the first") {
  CHECK(rfc3339(INT64_MAX) == "9999-12-31T23:59:59.999Z");
  CHECK(rfc3339(INT64_MIN) == "0000-01-01T00:00:00Z");
}

TEST_CASE("printing and reading a time gives the same time") {
  auto ms = GENERATE(0LL, 1LL, 999LL, 1709164799999LL, 4102444800000LL, -62135596800000LL, -62167219200000LL,
                     253402300799999LL);
  CHECK(parse_rfc3339(rfc3339(ms)) == ms);
}
