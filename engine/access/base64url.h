// Base64 as tokens use it: with - and _, and without padding.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hookswitch {

/// nullopt for anything else, and for a second way to write the same bytes.
std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace hookswitch
