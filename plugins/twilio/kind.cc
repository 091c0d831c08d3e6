#include "plugins/twilio/kind.h"

#include <algorithm>
#include <array>

#include "plugins/lib/http_answers.h"

namespace hookswitch::plugin::twilio {

bool is_final(std::string_view call_status) {
  constexpr std::array<std::string_view, 5> kFinal = {"completed", "busy", "failed", "no-answer", "canceled"};
  return std::ranges::find(kFinal, call_status) != kFinal.end();
}

std::string_view id_word(std::string_view status) { return is_id(status) ? status : "unknown"; }

std::string listed_id(std::string_view call_sid, std::string_view status) {
  return std::string(call_sid) + ":listed:" + std::string(id_word(status));
}

// What has another direction is somebody's call, whatever it came from.
bool is_leg(std::string_view direction, std::string_view parent_sid) {
  return direction == "outbound-dial" && is_id(parent_sid);
}

bool is_leg(const Form& form) { return is_leg(form.get("Direction"), form.get("ParentCallSid")); }

std::string_view webhook_kind(std::string_view kind, const Form& form) {
  if (!kind.empty()) return kind;
  if (form.has("RecordingStatus")) return "recording";
  if (form.has("SessionId") && form.has("SessionStatus")) return "action";
  if (form.has("MessageStatus")) return "sms-status";
  if (form.has("MessageSid") || form.has("SmsSid")) return form.has("Body") ? "sms" : "sms-status";
  if (form.has("AnsweredBy") && !form.has("CallStatus")) return "amd";
  // Conferences, streams and transcriptions name a call and number what they tell. Only a call itself has a status.
  if (form.get("CallStatus").empty()) return "unknown";
  if (form.has("CallbackSource") || form.has("SequenceNumber") || form.has("CallDuration")) return "status";
  if (is_final(form.get("CallStatus"))) return "status";
  return form.has("CallSid") ? "voice" : "unknown";
}

bool wants_reply(std::string_view webhook) {
  constexpr std::array<std::string_view, 4> kOnlyTelling = {"status", "recording", "amd", "sms-status"};
  return std::ranges::find(kOnlyTelling, webhook) == kOnlyTelling.end();
}

std::string_view encoded_params(std::string_view body, std::string_view query) { return body.empty() ? query : body; }

}  // namespace hookswitch::plugin::twilio
