// JSON for configuration, the API and effects. Keys come out sorted, so equal values print equal.
#pragma once

#include <nlohmann/json.hpp>

namespace hookswitch {

using Json = nlohmann::json;

/// Compact text; bytes that are not UTF-8 become U+FFFD instead of an exception.
inline std::string dump(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace hookswitch
