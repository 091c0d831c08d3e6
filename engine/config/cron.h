// Cron expressions: "15 3 * * mon-fri" is a quarter past three on working days, on the clocks of a time zone.
//
// Five fields: minute, hour, day of the month, month, day of the week (0 and 7 are Sunday; names of three letters do
// for months and days). A field is `*`, a number, a range `a-b`, either with a step `/n`, or several of these with
// commas. As in every cron, when both days are restricted either one will do.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/error.h"

namespace hookswitch {

class Cron {
 public:
  /// Errors: invalid, with the field that is wrong.
  static Result<Cron> parse(std::string_view text);

  /// The first time after `ms` that fits, in milliseconds UTC; nullopt when there is none within five years ("30 3 31 2
  /// *"), or the zone is not known. A time that the clocks skip in spring is left out; of one that they show twice the
  /// first counts.
  std::optional<int64_t> next_after(int64_t ms, const std::string& timezone) const;

 private:
  bool fits_day(unsigned month, unsigned day, unsigned weekday) const;

  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;      // 1..31
  std::bitset<13> months_;    // 1..12
  std::bitset<7> weekdays_;   // 0 Sunday
  bool any_day_ = false;      // the field was *
  bool any_weekday_ = false;  // the same
};

}  // namespace hookswitch
