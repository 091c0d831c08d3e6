// Whole numbers among those of one number type, as in JSON and Lua.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>

namespace hookswitch {

/// The integer that the number is, where it is one that a double can tell from its neighbours.
inline std::optional<int64_t> whole_of(double number) {
  constexpr double kExact = 9e15;
  if (std::trunc(number) != number || std::fabs(number) > kExact) return std::nullopt;
  return static_cast<int64_t>(number);
}

}  // namespace hookswitch
