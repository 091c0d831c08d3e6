// A member of a JSON object as it is written: to hand a value on, nothing has to be taken apart and put together again.
#pragma once

#include <optional>
#include <string_view>

namespace hookswitch {

/// The text of the first object or array that is a member of that name. `object` must be JSON that parses. nullopt: not
/// found in this way (its name is written with escapes, or its value is of another kind).
std::optional<std::string_view> member_text(std::string_view object, std::string_view name);

}  // namespace hookswitch
