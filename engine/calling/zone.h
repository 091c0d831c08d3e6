// Local time: what a clock on the wall shows, and when a business is open, right also on the two days a year that have
// 23 or 25 hours.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/error.h"

namespace hookswitch {

constexpr int kDayMinutes = 24 * 60;
constexpr int64_t kTimeMax = 253'402'300'799'000;  // the end of the year 9999

struct LocalTime {
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int min = 0;
  int sec = 0;
  int wday = 0;  // 1 Monday .. 7 Sunday
  int offset_secs = 0;
};

/// Opening hours. `to` not after `from` means that it closes on the next day; days are those on which it opens.
struct Window {
  uint8_t days = 0;  // bit 0 Monday .. bit 6 Sunday
  int from_min = 0;  // minutes since midnight
  int to_min = 0;    // up to 1440
  bool operator==(const Window&) const = default;
};

/// days: "mon-fri", "sat", "mon-wed,fri"; from and to: "09:00", "24:00".
Result<Window> parse_window(std::string_view days, std::string_view from, std::string_view to);

/// Zones by IANA name; an unknown one is an error.
Result<LocalTime> local_time(int64_t ms, const std::string& zone);
/// The same wall-clock time `days` later. One that the clock skips becomes the moment of the change; of one that comes
/// twice, the first.
Result<int64_t> add_days(int64_t ms, const std::string& zone, int days);
/// When the zone's next day begins: the first moment of its date, also where its midnight is skipped.
Result<int64_t> next_midnight(int64_t ms, const std::string& zone);
/// When the day that holds `ms` began.
Result<int64_t> last_midnight(int64_t ms, const std::string& zone);
Result<bool> within(int64_t ms, const std::string& zone, const Window& window);
/// The first moment at or after `ms` inside the window. An error when there is none within two weeks.
Result<int64_t> next_open(int64_t ms, const std::string& zone, const Window& window);

}  // namespace hookswitch
