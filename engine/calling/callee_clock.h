// On whose clock somebody is called: their own, or where their number does not tell, every clock that might be theirs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/error.h"
#include "engine/calling/hours.h"
#include "engine/calling/number.h"

namespace hookswitch {

struct CalleeClock {
  /// The window is open on each of these. Days are counted and times are told in the first.
  std::vector<std::string> zones;
  /// On these it is day at least, from 08:00 to 21:00 or as far as the window goes.
  std::vector<std::string> by_day;
};

/// After the number alone, and the country and zone of whoever calls: that of a North American area code; of a country
/// with one clock; in a country with several the caller's, if it is the caller's country, while it is day in all of it,
/// else its earliest and its latest; of a number of no country the caller's.
CalleeClock clock_of_number(const DialNumber& number, const std::string& country, const std::string& timezone);

/// The first moment at or after `ms` that is right on all its clocks and on no holiday. A window that is too short to
/// be open on all of them at once is replaced by the hours of the day, so that somebody is called late, and not at
/// night. `not_found` as the same for one zone.
Result<int64_t> next_allowed(int64_t ms, const CalleeClock& clock, const Window& window, const Holidays& holidays);

/// "America/Denver and America/Chicago", "Europe/Madrid, by day in Atlantic/Canary and Europe/Madrid".
std::string text(const CalleeClock& clock);

/// Where its zones and those by day are, each once.
std::vector<std::string> all_zones(const CalleeClock& clock);

}  // namespace hookswitch
