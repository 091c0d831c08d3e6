// Durations and sizes as people write them in the configuration: "30s", "5m", "2h", "1d", "64KiB", "1MiB".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace hookswitch {

/// Milliseconds of a whole number with ms, s, m, h or d behind it. nullopt for anything else.
std::optional<int64_t> parse_duration_ms(std::string_view text);

/// Bytes of a whole number with B, KiB, MiB, GiB or TiB behind it. nullopt for anything else.
std::optional<uint64_t> parse_size_bytes(std::string_view text);

/// Minutes since midnight of "09:00"; "24:00" is the end of the day. nullopt for anything else.
std::optional<int> parse_time_of_day(std::string_view text);

}  // namespace hookswitch
