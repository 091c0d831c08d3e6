// Times as vendors write them, in milliseconds since the Unix epoch.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hookswitch::plugin {

/// "Wed, 08 Oct 2025 13:54:12 +0000": RFC 2822, the day's name optional, the zone as offset or GMT.
std::optional<int64_t> rfc2822_ms(std::string_view text);

/// The same, as Twilio writes it.
std::string rfc2822(int64_t ms);

/// "2026-01-18T02:14:11Z", "2026-01-18 02:14:11.5+01:00".
std::optional<int64_t> rfc3339_ms(std::string_view text);

/// "2026-01-18T02:14:11Z"
std::string rfc3339(int64_t ms);

/// Seconds since the epoch; nullopt outside of the years 1970 to 9999.
std::optional<int64_t> unix_ms(std::optional<double> seconds);

}  // namespace hookswitch::plugin
