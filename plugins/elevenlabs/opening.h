// What a large delivery says of itself before its end has come.
#pragma once

#include <string>
#include <string_view>

namespace hookswitch::plugin::elevenlabs {

struct Opening {
  std::string type;      // the member `type` of the outermost object
  bool call_id = false;  // it has a member `call_id`
};

/// Of a JSON text that may break off anywhere. What nested objects say does not count.
Opening read_opening(std::string_view text);

/// Takes `token` off the beginning, and the blanks before it; false when something else is there.
bool take(std::string_view& text, std::string_view token);

}  // namespace hookswitch::plugin::elevenlabs
