// What a plugin decoded a record into, as rules see it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/parsed_object.h"

namespace hookswitch {

struct Event {
  std::string id;        // what makes two deliveries one
  std::string type;      // "conversation.ended"
  std::string subject;   // the provider's best id of the call; "" when it is about no call
  std::string source;    // configured source, "" for the engine's own (timers)
  std::string provider;  // "elevenlabs", "" for the engine's own
  int64_t time_ms = 0;   // the provider's time; arrival when it gave none
  bool time_from_provider = false;
  uint64_t seq = 0;                            // the record
  uint32_t index = 0;                          // which event of the record
  std::string data;                            // JSON object text: normalized fields
  std::string raw;                             // JSON text: the provider's own object, unchanged; "" when there is none
  bool wants_reply = false;                    // somebody waits for an answer that rules decide
  std::shared_ptr<const ParsedObject> parsed;  // `data`; null when nobody has read it yet
};

}  // namespace hookswitch
