#include "engine/state/local_time.h"

#include <date/tz.h>

#include <exception>

namespace hookswitch {
namespace {

namespace chr = std::chrono;

constexpr int64_t kHourMs = 3'600'000;
constexpr int64_t kDayMs = 24 * kHourMs;

int64_t floor_to(int64_t ms, int64_t unit) {
  int64_t rest = ms % unit;
  return ms - (rest < 0 ? rest + unit : rest);
}

date::sys_seconds seconds_of(int64_t ms) { return date::sys_seconds(chr::seconds(floor_to(ms, 1000) / 1000)); }

// The first day of the month that holds this day, or of the one `months` later.
int64_t month_day(int64_t day, int months) {
  date::year_month_day found{date::sys_days{date::days{day}}};
  date::year_month month = found.year() / found.month() + date::months{months};
  return date::sys_days{month / 1}.time_since_epoch().count();
}

// Looking a zone up in its table costs more than everything else here, and neighbouring events have the same offset.
struct KnownOffset {
  const date::time_zone* zone = nullptr;
  int64_t begin_s = 0;
  int64_t end_s = 0;
  int64_t offset_ms = 0;
};

}  // namespace

LocalZone LocalZone::utc() { return LocalZone(nullptr); }

Result<LocalZone> LocalZone::find(const std::string& name) {
  if (name == "UTC" || name == "Etc/UTC") return utc();
  try {
    return LocalZone(date::locate_zone(name));
  } catch (const std::exception& missing) {
    return fail(Code::invalid, "find time zone: found \"{}\", expected an IANA name such as Europe/Bucharest", name);
  }
}

int64_t LocalZone::offset_ms(int64_t ms) const {
  if (zone_ == nullptr) return 0;
  thread_local KnownOffset known;
  int64_t at_s = seconds_of(ms).time_since_epoch().count();
  if (known.zone != zone_ || at_s < known.begin_s || at_s >= known.end_s) {
    date::sys_info info = zone_->get_info(seconds_of(ms));
    known = {zone_, info.begin.time_since_epoch().count(), info.end.time_since_epoch().count(),
             chr::milliseconds(info.offset).count()};
  }
  return known.offset_ms;
}

// A midnight that the clocks jump over is the moment they jump; one that is shown twice is the first.
int64_t LocalZone::to_utc(int64_t local_days) const {
  if (zone_ == nullptr) return local_days * kDayMs;
  auto midnight = date::local_days{date::days{local_days}};
  return chr::milliseconds(zone_->to_sys(midnight, date::choose::earliest).time_since_epoch()).count();
}

int64_t LocalZone::start_of(Period period, int64_t ms) const {
  int64_t offset = offset_ms(ms);
  if (period == Period::hour) return floor_to(ms + offset, kHourMs) - offset;
  int64_t day = floor_to(ms + offset, kDayMs) / kDayMs;
  return to_utc(period == Period::day ? day : month_day(day, 0));
}

int64_t LocalZone::start_of_date(int64_t utc_midnight_ms) const {
  return to_utc(floor_to(utc_midnight_ms, kDayMs) / kDayMs);
}

int64_t LocalZone::next_after(Period period, int64_t ms) const {
  if (period == Period::hour) return start_of(period, ms) + kHourMs;
  int64_t day = floor_to(ms + offset_ms(ms), kDayMs) / kDayMs;
  return to_utc(period == Period::day ? day + 1 : month_day(day, 1));
}

}  // namespace hookswitch
