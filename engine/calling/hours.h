// When somebody may be called: opening hours on the callee's own clock, without holidays.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "engine/base/error.h"
#include "engine/base/json.h"
#include "engine/calling/zone.h"

namespace hookswitch {

/// Local dates on which nobody is called: "2026-12-25", or "12-25" for every year.
using Holidays = std::set<std::string>;

/// What a task says of its hours; nothing: those of its tenant.
struct Hours {
  Window window;
  std::string timezone;  // "": the callee's
};

/// {days, from, to, timezone?}, or "any" for day and night.
Result<Hours> read_hours(const Json& from);

/// Around the clock.
Window any_time();

/// Whether a text is a date that Holidays holds.
bool is_holiday_date(const std::string& text);

/// The first moment at or after `ms` at which the window is open on no holiday. `not_found` when there is none within
/// limits::kTaskLookDays days.
Result<int64_t> next_allowed(int64_t ms, const std::string& zone, const Window& window, const Holidays& holidays);

}  // namespace hookswitch
