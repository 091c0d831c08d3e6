// Times as people and JSON write them: RFC 3339 in UTC, and durations.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hookswitch {

/// 1739537297000 -> "2025-02-14T12:48:17Z"; milliseconds are printed only when they are not zero.
std::string rfc3339(int64_t ms);

/// Reads RFC 3339 with `Z` or an offset, `T` or a blank, optional fraction. nullopt when it is anything else.
std::optional<int64_t> parse_rfc3339(std::string_view text);

/// "90s", "5m", "2h", "1d" in milliseconds: a whole number with ms, s, m, h or d behind it. nullopt for anything else.
std::optional<int64_t> parse_duration_ms(std::string_view text);

}  // namespace hookswitch
