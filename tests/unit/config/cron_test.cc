// Cron expressions: when they come next, on which clocks, and what is wrong with those that are none.
#include <catch2/catch.hpp>

#include "engine/base/time_text.h"
#include "engine/config/cron.h"

using namespace hookswitch;

namespace {

std::string next(const char* expression, const char* after, const char* zone = "UTC") {
  auto found = Cron::parse(expression).value().next_after(*parse_rfc3339(after), zone);
  return found ? rfc3339(*found) : "never";
}

struct Wrong {
  const char* expression;
  const char* because;
};
const Wrong kWrong[] = {{"", "found 0 fields"},
                        {"* * * *", "found 4 fields"},
                        {"60 * * * *", "minute"},
                        {"* 24 * * *", "hour"},
                        {"* * 0 * *", "day of the month"},
                        {"* * * 13 *", "month"},
                        {"* * * * 8", "day of the week"},
                        {"5-1 * * * *", "minute"},
                        {"*/0 * * * *", "minute"},
                        {"1,,2 * * * *", "minute"},
                        {"x * * * *", "minute"},
                        {"1/2/3 * * * *", "minute"},
                        {"* * * * moon", "day of the week"}};

}  // namespace

TEST_CASE("a cron expression comes next where every field fits") {
  CHECK(next("* * * * *", "2026-03-01T10:00:00Z") == "2026-03-01T10:01:00Z");
  CHECK(next("*/15 * * * *", "2026-03-01T10:14:59Z") == "2026-03-01T10:15:00Z");
  CHECK(next("5/20 * * * *", "2026-03-01T10:26:00Z") == "2026-03-01T10:45:00Z");
  CHECK(next("30 3 * * *", "2026-03-01T03:30:00Z") == "2026-03-02T03:30:00Z");
  CHECK(next("0 9 * * mon-fri", "2026-02-27T10:00:00Z") == "2026-03-02T09:00:00Z");
  CHECK(next("0 9 * * 7", "2026-02-27T10:00:00Z") == "2026-03-01T09:00:00Z");
  CHECK(next("0 0 29 feb *", "2026-03-01T00:00:00Z") == "2028-02-29T00:00:00Z");
  CHECK(next("0 0 1,15 * *", "2026-03-01T00:00:00Z") == "2026-03-15T00:00:00Z");
}

TEST_CASE("a step beyond its field leaves the first number") {
  CHECK(next("5/2147483647 * * * *", "2026-03-01T10:00:00Z") == "2026-03-01T10:05:00Z");
  CHECK(next("0 0 */2147483647 * *", "2026-03-02T00:00:00Z") == "2026-04-01T00:00:00Z");
  CHECK(next("0 0 1 */2147483647 *", "2026-03-02T00:00:00Z") == "2027-01-01T00:00:00Z");
}

TEST_CASE("of two restricted days either will do") {
  CHECK(next("0 0 13 * fri", "2026-03-07T00:00:00Z") == "2026-03-13T00:00:00Z");
  CHECK(next("0 0 10 * fri", "2026-03-07T00:00:00Z") == "2026-03-10T00:00:00Z");
  CHECK(next("0 0 10 * fri", "2026-03-10T00:00:00Z") == "2026-03-13T00:00:00Z");
}

TEST_CASE("a time that the clocks skip is left out, and of one that they show twice the first counts") {
  CHECK(next("30 3 * * *", "2026-03-28T12:00:00Z", "Europe/Bucharest") == "2026-03-30T00:30:00Z");
  CHECK(next("30 3 * * *", "2026-10-24T12:00:00Z", "Europe/Bucharest") == "2026-10-25T00:30:00Z");
  CHECK(next("30 3 * * *", "2026-10-25T00:30:00Z", "Europe/Bucharest") == "2026-10-26T01:30:00Z");
}

TEST_CASE("what never comes, or comes in no zone, is never") {
  CHECK(next("0 0 31 2 *", "2026-03-01T00:00:00Z") == "never");
  CHECK(next("0 0 * * *", "2026-03-01T00:00:00Z", "Europe/Atlantis") == "never");
}

TEST_CASE("what is no cron expression is refused with the field that is wrong") {
  for (const Wrong& each : kWrong) {
    auto cron = Cron::parse(each.expression);
    REQUIRE_FALSE(cron);
    CHECK_THAT(cron.error().message, Catch::Contains(each.because));
  }
}
