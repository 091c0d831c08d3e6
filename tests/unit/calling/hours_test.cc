// Opening hours on the callee's clock: never outside, never missing, on every day of the year.
#include "engine/calling/hours.h"

#include <catch2/catch.hpp>

#include "engine/base/time_text.h"
#include "engine/calling/number.h"

namespace hookswitch {
namespace {

constexpr int64_t kMinute = 60'000;
constexpr int64_t kDay = 86'400'000;

Window window(const char* days, const char* from, const char* to) { return parse_window(days, from, to).value(); }

std::string first(const std::string& from, const std::string& zone, const Window& hours, const Holidays& off = {}) {
  auto found = next_allowed(*parse_rfc3339(from), zone, hours, off);
  return found ? rfc3339(*found) : found.error().message;
}

struct Zone {
  const char* name;
  const char* from;
  const char* to;
};

}  // namespace

TEST_CASE("the first moment is now when the window is open, else its next opening") {
  const Window office = window("mon-fri", "09:00", "18:00");
  CHECK(first("2026-03-27T10:30:00+02:00", "Europe/Bucharest", office) == "2026-03-27T08:30:00Z");
  CHECK(first("2026-03-27T18:00:00+02:00", "Europe/Bucharest", office) == "2026-03-30T06:00:00Z");
  CHECK(first("2026-03-27T08:59:59+02:00", "Europe/Bucharest", office) == "2026-03-27T07:00:00Z");
}

TEST_CASE("a holiday is passed over, of one year or of every year") {
  const Window office = window("mon-fri", "09:00", "18:00");
  CHECK(first("2026-12-25T10:00:00Z", "UTC", office, {"2026-12-25"}) == "2026-12-28T09:00:00Z");
  CHECK(first("2026-12-25T10:00:00Z", "UTC", office, {"12-25", "12-28"}) == "2026-12-29T09:00:00Z");
  CHECK(first("2026-12-24T17:59:00Z", "UTC", office, {"12-25"}) == "2026-12-24T17:59:00Z");
}

TEST_CASE("without any allowed day within reach there is no time, and it is said") {
  Holidays all;
  for (int64_t day = 0; day < 420; ++day) all.insert(rfc3339(1'767'225'600'000 + day * kDay).substr(0, 10));
  CHECK(first("2026-01-01T00:00:00Z", "UTC", window("mon-sun", "09:00", "18:00"), all).find("within 400 days") !=
        std::string::npos);
}

TEST_CASE("a window over midnight belongs to the day on which it opens, holidays to their date") {
  const Window night = window("fri", "22:00", "02:00");
  CHECK(first("2026-01-02T12:00:00Z", "UTC", night) == "2026-01-02T22:00:00Z");
  CHECK(first("2026-01-03T01:30:00Z", "UTC", night) == "2026-01-03T01:30:00Z");
  CHECK(first("2026-01-03T01:30:00Z", "UTC", night, {"2026-01-03"}) == "2026-01-09T22:00:00Z");
}

TEST_CASE("days that begin without a midnight begin at their first moment") {
  // Santiago, 6 September 2026: 24:00 becomes 01:00.
  auto midnight = next_midnight(*parse_rfc3339("2026-09-05T20:00:00-04:00"), "America/Santiago");
  REQUIRE(midnight);
  CHECK(rfc3339(*midnight) == "2026-09-06T04:00:00Z");
  CHECK(first("2026-09-06T03:30:00Z", "America/Santiago", any_time(), {"2026-09-05"}) == "2026-09-06T04:00:00Z");
}

TEST_CASE("over a year in five zones every found moment is inside and no open minute is missed") {
  const Zone zones[] = {{"Europe/Bucharest", "09:00", "18:00"},
                        {"America/New_York", "01:15", "02:45"},     // the hour that is skipped and repeated
                        {"Australia/Lord_Howe", "01:30", "02:10"},  // half an hour is
                        {"Asia/Kolkata", "22:30", "05:30"},
                        {"America/Santiago", "00:00", "01:30"}};  // its midnight is skipped
  const int64_t begin_ms = *parse_rfc3339("2026-01-01T00:00:00Z");
  const Holidays off = {"05-01", "2026-03-08", "2026-10-25"};
  for (const Zone& zone : zones) {
    INFO(zone.name);
    const Window hours = window("mon-sun", zone.from, zone.to);
    int64_t expected_ms = -1;  // the first open moment at or after the one looked at, going backwards
    for (int64_t at_ms = begin_ms + 366 * kDay; at_ms >= begin_ms; at_ms -= 15 * kMinute) {
      LocalTime local = local_time(at_ms, zone.name).value();
      std::string date = fmt::format("{:04}-{:02}-{:02}", local.year, local.month, local.day);
      bool open = within(at_ms, zone.name, hours).value() && !off.contains(date) && !off.contains(date.substr(5));
      if (open) expected_ms = at_ms;
      if (expected_ms < 0 || (at_ms / kMinute) % 60 != 0) continue;
      int64_t found_ms = next_allowed(at_ms, zone.name, hours, off).value();
      INFO(rfc3339(at_ms) << " -> " << rfc3339(found_ms));
      REQUIRE(found_ms == expected_ms);
    }
  }
}

TEST_CASE("hours are read, or refused by name") {
  CHECK(read_hours({{"from", "09:00"}, {"to", "18:00"}, {"days", "mon-fri"}, {"timezone", "Europe/Paris"}})->timezone ==
        "Europe/Paris");
  CHECK(read_hours("any")->window == any_time());
  for (const Json& bad : {Json("always"), Json{{"days", "someday"}}, Json{{"from", 9}}, Json{{"form", "09:00"}},
                          Json{{"timezone", "Mars/Olympus"}}}) {
    CHECK_FALSE(read_hours(bad));
  }
  CHECK((is_holiday_date("2026-12-25") && is_holiday_date("12-25")));
  for (const char* bad : {"25-12", "2026-13-01", "christmas", "2026/12/25", ""}) CHECK_FALSE(is_holiday_date(bad));
}

}  // namespace hookswitch
