// Which webhook of Twilio's a request is: by its path, else by the parameters only that webhook has.
#pragma once

#include <string>
#include <string_view>

#include "plugins/lib/form.h"

namespace hookswitch::plugin::twilio {

/// "voice", "status", "recording", "amd", "sms", "sms-status", "action", or another word: `kind` where the path gives
/// one. "unknown" when nothing tells.
std::string_view webhook_kind(std::string_view kind, const Form& form);

/// Is a call's status its last?
bool is_final(std::string_view call_status);

/// A status as part of an id: Twilio's are words.
std::string_view id_word(std::string_view status);

/// The id of the event that a call in a list is.
std::string listed_id(std::string_view call_sid, std::string_view status);

/// Whoever a <Dial> rings has a call of their own at Twilio, which is part of the one that dialled.
bool is_leg(std::string_view direction, std::string_view parent_sid);
bool is_leg(const Form& form);

/// Does Twilio act on the answer? Unknown webhooks may, so they are asked about too; an empty TwiML harms nobody.
bool wants_reply(std::string_view webhook);

/// The parameters of a request: its body's, or its query's when Twilio was told to use GET.
std::string_view encoded_params(std::string_view body, std::string_view query);

}  // namespace hookswitch::plugin::twilio
