// Where two JSON values differ, told to a person: one line for each place, by its path.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/json.h"

namespace hookswitch {

enum class Compare {
  whole,  // every field
  part,   // the fields that are expected; what else is there does not matter. Lists are compared item by item
};

/// `call.disposition: expected "resolved", got "escalated"`. Nothing (nullopt, and null as an expected field) is `nil`.
/// At most 20 lines, then how many more there are. An empty list and an empty object are equal, as in Lua.
std::vector<std::string> mismatches(const std::string& what, const std::optional<Json>& expected,
                                    const std::optional<Json>& got, Compare compare);

/// A value as Lua would write it, shortened when it is long: {disposition = "resolved", ...}. Milliseconds since 1970,
/// by their size, have their date beside them.
std::string shown(const std::optional<Json>& value);

}  // namespace hookswitch
