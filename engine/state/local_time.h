// Hours, days and months as a tenant's clocks show them, as UTC milliseconds.
#pragma once

#include <cstdint>
#include <string>

#include "engine/base/error.h"

namespace date {
class time_zone;
}

namespace hookswitch {

enum class Period : uint8_t { hour, day, month };

/// A time zone by its IANA name. Cheap to copy; valid for ever. On the day a zone's clocks change a day has 23 or 25
/// hours, and an hour that is shown twice is two hours.
class LocalZone {
 public:
  /// `invalid` when the machine's zone table does not know the name.
  static Result<LocalZone> find(const std::string& name);
  static LocalZone utc();

  /// When the hour, day or month that holds `ms` began, and when the next one begins.
  int64_t start_of(Period period, int64_t ms) const;
  int64_t next_after(Period period, int64_t ms) const;
  /// When the day begins here that has this date; the date is given as its midnight in UTC.
  int64_t start_of_date(int64_t utc_midnight_ms) const;

 private:
  explicit LocalZone(const date::time_zone* zone) : zone_(zone) {}
  int64_t offset_ms(int64_t ms) const;
  int64_t to_utc(int64_t local_days) const;

  const date::time_zone* zone_;  // null: UTC
};

}  // namespace hookswitch
