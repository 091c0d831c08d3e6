// Sizes and times of day as people write them in the configuration: "64KiB", "1MiB", "09:00"; durations too.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/base/time_text.h"

namespace hookswitch {

/// Bytes of a whole number with B, KiB, MiB, GiB or TiB behind it. nullopt for anything else.
std::optional<uint64_t> parse_size_bytes(std::string_view text);

/// Minutes since midnight of "09:00"; "24:00" is the end of the day. nullopt for anything else.
std::optional<int> parse_time_of_day(std::string_view text);

}  // namespace hookswitch
