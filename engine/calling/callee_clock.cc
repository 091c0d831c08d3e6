#include "engine/calling/callee_clock.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/calling/number_zones.h"

namespace hookswitch {
namespace {

constexpr int kDayFromMin = 8 * 60, kDayToMin = 21 * 60;  // when nobody is woken
constexpr int64_t kLookMs = 14 * 86'400'000LL;            // every weekday, on either side of a change of the clocks

struct Opening {
  std::string zone;
  Window window;
};

bool is_over_midnight(const Window& window) { return window.to_min <= window.from_min; }

Window day_hours(const Window& window) {
  if (is_over_midnight(window)) return {window.days, kDayFromMin, kDayToMin};
  return {window.days, std::min(window.from_min, kDayFromMin), std::max(window.to_min, kDayToMin)};
}

Result<int64_t> last_opening(int64_t ms, const std::vector<Opening>& all, const Holidays& holidays) {
  int64_t last_ms = ms;
  for (const Opening& one : all) {
    auto open_ms = next_allowed(ms, one.zone, one.window, holidays);
    if (!open_ms) return open_ms;
    last_ms = std::max(last_ms, *open_ms);
  }
  return last_ms;
}

// Before the last of them opens not all are open: looked at again from there, until all are.
Result<int64_t> next_common(int64_t ms, const std::vector<Opening>& all, const Holidays& holidays) {
  auto at_ms = last_opening(ms, all, holidays);
  if (!at_ms || all.size() == 1) return at_ms;
  const int64_t until_ms = *at_ms + kLookMs;
  while (*at_ms <= until_ms) {
    auto open_ms = last_opening(*at_ms, all, holidays);
    if (!open_ms || *open_ms == *at_ms) return open_ms;
    at_ms = open_ms;
  }
  return fail(Code::not_found, "find opening hours: none that {} clocks have in common", all.size());
}

}  // namespace

CalleeClock clock_of_number(const DialNumber& number, const std::string& country, const std::string& timezone) {
  if (auto area = zones_of_area(number.number); !area.empty()) return {area, {}};
  if (auto zone = zone_of_country(number.country)) return {{*zone}, {}};
  auto ends = ends_of_country(number.country);
  if (ends.empty()) return {{timezone}, {}};
  if (number.country == country) return {{timezone}, ends};
  return {ends, {}};
}

Result<int64_t> next_allowed(int64_t ms, const CalleeClock& clock, const Window& window, const Holidays& holidays) {
  std::vector<Opening> all;
  for (const std::string& zone : clock.zones) all.push_back({zone, window});
  for (const std::string& zone : clock.by_day) all.push_back({zone, day_hours(window)});
  auto found = next_common(ms, all, holidays);
  if (found || all.size() == 1) return found;
  for (Opening& one : all) one.window = day_hours(window);
  found = next_common(ms, all, holidays);
  if (found || clock.by_day.empty()) return found;
  // The caller's own clock is on the other side of the world: the callee's day alone counts.
  all.erase(all.begin(), all.begin() + static_cast<ptrdiff_t>(clock.zones.size()));
  return next_common(ms, all, holidays);
}

std::string text(const CalleeClock& clock) {
  std::string out = fmt::format("{}", fmt::join(clock.zones, " and "));
  if (!clock.by_day.empty()) out += fmt::format(", by day in {}", fmt::join(clock.by_day, " and "));
  return out;
}

std::vector<std::string> all_zones(const CalleeClock& clock) {
  std::vector<std::string> out;
  for (const auto* zones : {&clock.zones, &clock.by_day}) {
    for (const std::string& zone : *zones) {
      if (std::ranges::find(out, zone) == out.end()) out.push_back(zone);
    }
  }
  return out;
}

}  // namespace hookswitch
