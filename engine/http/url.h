// Percent-decoding and query strings, strictly: what is not well formed is refused, never guessed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/error.h"

namespace hookswitch {

enum class Plus { kept, blank };  // what '+' means: itself in a path, a blank in a query or form

/// -1 when it is no hex digit.
int hex_value(char digit);

/// Decodes %XX. nullopt when '%' is not followed by two hex digits.
std::optional<std::string> percent_decode(std::string_view text, Plus plus = Plus::kept);

/// Encodes all but letters, digits and "-._~".
std::string percent_encode(std::string_view text);

/// `a=1&b=&c` -> {a,1} {b,} {c,}, decoded, order and repetitions kept. Also reads application/x-www-form-urlencoded
/// bodies. Empty parts (`a=1&&b=2`) are passed over.
Result<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query);

}  // namespace hookswitch
