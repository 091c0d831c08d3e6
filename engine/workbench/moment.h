// A moment as people name it on the command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/base/error.h"

namespace hookswitch {

/// "2026-03-29T09:30:00Z" (RFC 3339), "2026-03-29" (its midnight in UTC), "2h ago", "7d ago" and "now". `what` names
/// the option in the error.
Result<int64_t> parse_moment(std::string_view text, int64_t now_ms, std::string_view what);

}  // namespace hookswitch
