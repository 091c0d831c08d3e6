// An event on its way from a payload to the engine.
#pragma once

#include <string>
#include <string_view>

#include "plugins/elevenlabs/normalize.h"

namespace hookswitch::plugin::elevenlabs {

struct Draft {
  std::string type;    // ours
  std::string origin;  // theirs: the first part of the id
  std::string stamp;   // the last part of the id, where it takes one
  Normalized content;
  bool wants_reply = false;
};

/// What a list held, so that it is the event that the webhook would have made. `body_hash` tells two states of a thing
/// apart that has no webhook.
Draft draft_import(std::string_view resource, JsonValue root, std::string_view body_hash);

}  // namespace hookswitch::plugin::elevenlabs
