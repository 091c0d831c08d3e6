#include "engine/config/units.h"

#include <catch2/catch.hpp>

#include <string>

using namespace hookswitch;

TEST_CASE("durations are whole numbers with a unit") {
  CHECK(parse_duration_ms("250ms") == 250);
  CHECK(parse_duration_ms("30s") == 30'000);
  CHECK(parse_duration_ms("5m") == 300'000);
  CHECK(parse_duration_ms("2h") == 7'200'000);
  CHECK(parse_duration_ms("1d") == 86'400'000);
  CHECK(parse_duration_ms("0s") == 0);
}

TEST_CASE("sizes are whole numbers with a binary unit") {
  CHECK(parse_size_bytes("12B") == 12);
  CHECK(parse_size_bytes("64KiB") == 65'536);
  CHECK(parse_size_bytes("1MiB") == 1'048'576);
  CHECK(parse_size_bytes("3GiB") == 3'221'225'472);
}

TEST_CASE("what is no duration and no size is refused") {
  auto text = GENERATE(as<std::string>{}, "", "30", "s", "-5m", "1.5h", "5 m", "5M", "5m ", "1w", "64KB", "64kib",
                       "99999999999999999999s", "9223372036854775807d", "9223372036854775807TiB");
  INFO(text);
  CHECK_FALSE(parse_duration_ms(text));
  CHECK_FALSE(parse_size_bytes(text));
}

TEST_CASE("a time of day is minutes since midnight") {
  CHECK(parse_time_of_day("00:00") == 0);
  CHECK(parse_time_of_day("09:30") == 570);
  CHECK(parse_time_of_day("24:00") == 1440);
  auto text = GENERATE(as<std::string>{}, "", "9:00", "24:01", "12:60", "12-00", "ab:cd", "12:000");
  INFO(text);
  CHECK_FALSE(parse_time_of_day(text));
}
