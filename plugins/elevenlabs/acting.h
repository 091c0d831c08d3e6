// What placing calls, reading the answers and looking for lost ones have to agree on.
#pragma once

#include <string>
#include <string_view>

#include "plugins/lib/author.h"
#include "plugins/lib/json_read.h"

namespace hookswitch::plugin::elevenlabs {

/// The dynamic variable that carries our action's id to every report about its conversation.
constexpr std::string_view kActionVariable = "hookswitch_action";
constexpr std::string_view kBatchVariable = "hookswitch_batch";

/// The action's id in a conversation's variables, or "".
inline std::string action_of(JsonValue conversation) {
  return conversation["conversation_initiation_client_data"]["dynamic_variables"][kActionVariable].id();
}

/// By what the list tells too: it came in, or not over the telephone, as a source of any other name may be.
inline bool is_no_call_out(std::string_view direction, std::string_view source) {
  return direction == "inbound" || source.ends_with("_sdk") || source.ends_with("_integration") ||
         source == "widget" || source == "whatsapp" || source == "twilio_sms";
}

/// How a batch is named there, so that it can be found again.
std::string batch_name(std::string_view name, std::string_view action);

/// A call that was placed, as an action's result. Empty ids are left out.
std::string placed_call(std::string_view action, std::string_view conversation_id, std::string_view call_sid = "",
                        std::string_view sip_call_id = "");
std::string placed_batch(JsonValue batch);

/// Where a list of theirs goes on, "" at its end. An error where it does not say that it ends, nor where it goes on:
/// what nobody looked at is not the end.
Outcome<std::string> next_page(JsonValue list, std::string_view cursor);

}  // namespace hookswitch::plugin::elevenlabs
