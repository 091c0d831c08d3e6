// Nobody is called in the night because their country has several clocks, and everybody is called some day.
#include "engine/calling/callee_clock.h"

#include <catch2/catch.hpp>

#include "engine/base/time_text.h"
#include "engine/calling/number_zones.h"

namespace hookswitch {
namespace {

constexpr int64_t kHour = 3'600'000;
constexpr int64_t kYear = 366 * 24 * kHour;

const Window kOffice = parse_window("mon-fri", "09:00", "18:00").value();

CalleeClock clock_of(const char* number, const std::string& country = "RO") {
  return clock_of_number(dial_number(number, country), country, "Europe/Bucharest");
}

std::string first(const std::string& from, const CalleeClock& clock, const Window& window = kOffice) {
  auto found = next_allowed(*parse_rfc3339(from), clock, window, {});
  return found ? rfc3339(*found) : found.error().message;
}

bool is_open(int64_t ms, const CalleeClock& clock, const Window& window) {
  return std::ranges::all_of(clock.zones, [&](const auto& zone) { return within(ms, zone, window).value(); });
}

/// Local hours that the moment has on all of the clocks.
std::pair<int, int> hours_at(int64_t ms, const CalleeClock& clock) {
  std::pair<int, int> out{24, -1};
  for (const std::string& zone : all_zones(clock)) {
    const int hour = local_time(ms, zone)->hour;
    out = {std::min(out.first, hour), std::max(out.second, hour)};
  }
  return out;
}

}  // namespace

TEST_CASE("an American number is called on the clock of its area, whoever calls") {
  CHECK(text(clock_of("+13105551234")) == "America/Los_Angeles");
  CHECK(text(clock_of("+13105551234", "US")) == "America/Los_Angeles");
  CHECK(text(clock_of("+18085551234")) == "Pacific/Honolulu");
  CHECK(text(clock_of("+12125551234")) == "America/New_York");
  CHECK(text(clock_of("+14165551234")) == "America/Toronto");
  CHECK(text(clock_of("+12423591234")) == "America/Nassau");
  CHECK(first("2026-01-06T07:00:00Z", clock_of("+13105551234")) == "2026-01-06T17:00:00Z");
  CHECK(first("2026-01-06T15:00:00Z", clock_of("+18085551234")) == "2026-01-06T19:00:00Z");
}

TEST_CASE("an area with two clocks is called while the window is open on both") {
  const CalleeClock clock = clock_of("+17015551234");
  CHECK(text(clock) == "America/Denver and America/Chicago");
  CHECK(first("2026-01-06T15:00:00Z", clock) == "2026-01-06T16:00:00Z");
  CHECK(first("2026-01-06T23:59:59Z", clock) == "2026-01-06T23:59:59Z");
  CHECK(first("2026-01-07T00:00:00Z", clock) == "2026-01-07T16:00:00Z");
}

TEST_CASE("where the number does not tell, the window is open at both ends of the country") {
  CHECK(text(clock_of("+61491570156")) == "Australia/Perth and Australia/Lord_Howe");
  CHECK(first("2026-01-05T22:00:00Z", clock_of("+61491570156")) == "2026-01-06T01:00:00Z");  // 09:00 in Perth
  CHECK(first("2026-01-06T07:00:00Z", clock_of("+61491570156")) == "2026-01-07T01:00:00Z");  // 18:00 in the east
  CHECK(first("2026-01-06T09:00:00Z", clock_of("+18005551234")) == "2026-01-06T19:00:00Z");  // toll-free
}

TEST_CASE("a window too short for a whole country becomes the day that its ends have in common") {
  const CalleeClock vladivostok = clock_of("+74232201234");
  CHECK(text(vladivostok) == "Europe/Kaliningrad and Asia/Kamchatka");
  CHECK(first("2026-01-06T00:00:00Z", vladivostok) == "2026-01-06T06:00:00Z");  // 08:00 and 18:00
  CHECK(first("2026-01-06T09:00:00Z", vladivostok) == "2026-01-07T06:00:00Z");  // 21:00 in the east
  CHECK(first("2026-01-09T09:00:00Z", vladivostok) == "2026-01-12T06:00:00Z");  // not on a Saturday
  for (const char* hours : {"09:00-11:00", "22:00-02:00"}) {
    const Window few = parse_window("mon-sun", std::string(hours, 5), hours + 6).value();
    auto found_ms = next_allowed(*parse_rfc3339("2026-01-06T00:00:00Z"), clock_of("+18005551234"), few, {});
    REQUIRE(found_ms);
    const auto [least, most] = hours_at(*found_ms, clock_of("+18005551234"));
    CHECK((least >= 8 && most < 21));
  }
}

TEST_CASE("a caller of the same country calls on the own clock while it is day in all of it") {
  const CalleeClock spain = clock_of_number(dial_number("+34612345678", "ES"), "ES", "Europe/Madrid");
  CHECK(text(spain) == "Europe/Madrid, by day in Atlantic/Canary and Europe/Madrid");
  CHECK(all_zones(spain) == std::vector<std::string>{"Europe/Madrid", "Atlantic/Canary"});
  CHECK(first("2026-01-06T05:00:00Z", spain) == "2026-01-06T08:00:00Z");
  const CalleeClock brazil = clock_of_number(dial_number("+5511961234567", "BR"), "BR", "America/Sao_Paulo");
  CHECK(first("2026-01-06T05:00:00Z", brazil) == "2026-01-06T13:00:00Z");  // 10:00, and 08:00 in the west
  const CalleeClock russia = clock_of_number(dial_number("+79161234567", "RU"), "RU", "Europe/Moscow");
  CHECK(first("2026-01-06T09:00:00Z", russia) == "2026-01-07T06:00:00Z");
  CHECK(first("2026-01-06T02:00:00Z", brazil, any_time()) == "2026-01-06T02:00:00Z");
}

TEST_CASE("a caller on the other side of the world calls by the day of the own country") {
  const DialNumber toll_free = dial_number("+18002345678", "US");
  const CalleeClock clock = clock_of_number(toll_free, "US", "Asia/Kolkata");
  CHECK(first("2026-01-06T09:00:00Z", clock) == "2026-01-06T18:00:00Z");  // 08:00 in Honolulu
}

TEST_CASE("a country with one clock keeps it, and a number of no country is called on the caller's") {
  CHECK(text(clock_of("+442079460018")) == "Europe/London");
  CHECK(text(clock_of("+81312345678")) == "Asia/Tokyo");
  CHECK(text(clock_of("+40721234567")) == "Europe/Bucharest");
  CHECK(text(clock_of("+380501234567")) == "Europe/Kyiv");
  CHECK(text(clock_of("+870773111632")) == "Europe/Bucharest");
}

TEST_CASE("every country with several clocks has its ends, the earliest first on every day of the year") {
  const int64_t begin_ms = *parse_rfc3339("2026-01-01T00:00:00Z");
  for (const char* country : {"AU", "BR", "CA", "CD", "CL", "EC", "ES", "FM", "GL", "ID",
                              "KI", "KZ", "MN", "MX", "NZ", "PF", "PG", "PT", "RU", "US"}) {
    INFO(country);
    const auto ends = ends_of_country(country);
    REQUIRE(ends.size() == 2);
    CHECK_FALSE(zone_of_country(country));
    for (int64_t at_ms = begin_ms; at_ms < begin_ms + kYear; at_ms += 24 * kHour)
      REQUIRE(local_time(at_ms, ends[0])->offset_secs <= local_time(at_ms, ends[1])->offset_secs);
  }
  for (int area = 200; area < 1000; ++area) {
    const auto zones = zones_of_area(fmt::format("+1{}5551234", area));
    for (const std::string& zone : zones) REQUIRE(local_time(begin_ms, zone));
    for (int64_t at_ms : {begin_ms, begin_ms + kYear / 2})
      REQUIRE((zones.empty() ||
               local_time(at_ms, zones.front())->offset_secs <= local_time(at_ms, zones.back())->offset_secs));
  }
}

TEST_CASE("over a year every found moment is open on all clocks, and no open one is missed") {
  const int64_t begin_ms = *parse_rfc3339("2026-01-01T00:00:00Z");
  for (const char* number : {"+18005551234", "+17015551234", "+61491570156", "+56961234567"}) {
    const CalleeClock clock = clock_of(number);
    INFO(text(clock));
    int64_t expected_ms = -1;
    for (int64_t at_ms = begin_ms + kYear; at_ms >= begin_ms; at_ms -= kHour / 2) {
      if (is_open(at_ms, clock, kOffice)) expected_ms = at_ms;
      if (expected_ms < 0 || at_ms % (5 * kHour) != 0) continue;
      INFO(rfc3339(at_ms));
      REQUIRE(next_allowed(at_ms, clock, kOffice, {}).value() == expected_ms);
    }
  }
}

}  // namespace hookswitch
