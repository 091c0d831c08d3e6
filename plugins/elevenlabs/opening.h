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

}  // namespace hookswitch::plugin::elevenlabs
