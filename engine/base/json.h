// JSON for configuration, the API and effects. Keys come out sorted, so equal values print equal.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace hookswitch {

using Json = nlohmann::json;

/// What `text` says; `is_discarded()` where it is no JSON. Never throws.
Json parse_json(std::string_view text);

/// Compact text; bytes that are not UTF-8 become U+FFFD instead of an exception.
std::string dump(const Json& value);

/// The same for people: every value on a line of its own.
std::string dump_indented(const Json& value);

}  // namespace hookswitch
