// How long a call can have been: one impossible duration would spoil every sum and average that it is part of.
#pragma once

namespace hookswitch {

constexpr double kCallSecsMax = 366.0 * 24 * 3600;  // a year, which no call takes

constexpr bool is_duration(double secs) { return secs >= 0 && secs <= kCallSecsMax; }

}  // namespace hookswitch
