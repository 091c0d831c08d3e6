#include "plugins/lib/http_answers.h"
#include "plugins/lib/json_read.h"
#include "plugins/lib/replies.h"
#include "plugins/lib/times.h"
#include "plugins/twilio/kind.h"
#include "plugins/twilio/normalize.h"
#include "plugins/twilio/provider.h"
#include "plugins/twilio/signature.h"

namespace hookswitch::plugin::twilio {

namespace {

constexpr size_t kPartBytes = 120;  // of an id that one parameter may fill, as text
constexpr size_t kSubjectBytes = 200;
constexpr size_t kHashDigits = 32;

/// A path's word as the last part of an event type.
std::string clean_word(std::string_view word) {
  std::string out;
  for (char c : word.substr(0, 100)) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    out += plain ? c : '_';
  }
  return out.empty() ? "unknown" : out;
}

std::string_view status_event(std::string_view status) {
  if (status == "queued" || status == "initiated") return "call.initiated";
  if (status == "ringing") return "call.ringing";
  if (status == "in-progress" || status == "answered") return "call.answered";
  return is_final(status) ? "call.ended" : "twilio.status";
}

std::string event_type(std::string_view webhook, const Form& form) {
  const bool of_call = webhook == "voice" || webhook == "amd" || (webhook == "status" && form.has("CallStatus"));
  if (of_call && is_leg(form)) return "twilio.leg";
  if (webhook == "voice") return "call.incoming";
  if (webhook == "status") return std::string(status_event(form.get("CallStatus")));
  if (webhook == "recording") return "call.recording";
  if (webhook == "amd") return "call.machine";
  if (webhook == "sms") return "message.received";
  if (webhook == "sms-status") return "message.status";
  return "twilio." + clean_word(webhook);
}

std::string message_sid(const Form& form) {
  return std::string(form.has("MessageSid") ? form.get("MessageSid") : form.get("SmsSid"));
}

/// The parts of an id, or nothing when the one that names the thing is missing or no id.
std::string joined(std::initializer_list<std::string_view> parts) {
  std::string out, storage;
  for (std::string_view part : parts) {
    const std::string_view text = as_utf8(part, storage);
    if (text.size() > kPartBytes || (out.empty() && text.empty())) return "";
    if (text.empty()) continue;
    if (!out.empty()) out += ':';
    out += text;
  }
  return out;
}

/// Of what Twilio signed: the path, the query and the names and values of a body's form, run together as the signature
/// runs them. Retries have the same, and whoever has one signed request can make no other from it by writing it anew:
/// neither the order nor the encoding of the parameters is signed, nor where a name ends.
std::string signed_hash(const hookswitch_crypto& crypto, const Record& record, const Form& form) {
  std::string text(record.path);
  Form query(record.headers.get(":query"));
  for (const FormParam& param : query.params()) append_param(text, param.name, param.value);
  text += '\n';
  if (!record.body.empty()) {
    for (const FormParam& param : signed_order(form.params())) text.append(param.name).append(param.value);
  }
  return sha256_hex(crypto, text).substr(0, kHashDigits);
}

/// What makes two deliveries one, "" when no parameter tells. Of `voice` it is only the beginning: one call asks again
/// and again what to do next.
std::string event_id(std::string_view webhook, const Form& form) {
  std::string_view call = form.get("CallSid");
  std::string message = message_sid(form);
  if (webhook == "voice") return joined({call, "incoming"});
  if (webhook == "status") {
    // Conferences and streams that report here have no status of a call: their other parameters tell them apart.
    if (form.get("CallStatus").empty()) return "";
    // A call ends once, and what a list says about it later has no number.
    std::string_view number = is_final(form.get("CallStatus")) ? "" : form.get("SequenceNumber");
    return joined({call, form.get("CallStatus"), number});
  }
  if (webhook == "recording") return joined({form.get("RecordingSid"), form.get("RecordingStatus")});
  if (webhook == "amd") return joined({call, "amd", form.get("AnsweredBy")});
  if (webhook == "sms") return joined({message, "received"});
  if (webhook == "sms-status")
    return joined({message, form.get("MessageStatus").empty() ? form.get("SmsStatus") : form.get("MessageStatus")});
  if (webhook == "action") {
    // What <Gather> and <Dial> come to has no id of its own, and a call comes by more than one.
    if (form.get("SessionId").empty()) return "";
    return joined({call, "action", form.get("SessionId"), form.get("SessionStatus")});
  }
  return "";
}

std::string subject(const Form& form) {
  std::string storage;
  std::string_view call = form.get(is_leg(form) ? "ParentCallSid" : "CallSid");
  std::string id(as_utf8(form.has("CallSid") ? call : std::string_view(message_sid(form)), storage));
  return id.size() <= kSubjectBytes ? id : "";
}

/// Who picked up, where detection is synchronous and has no callback: the event that the callback would be, before the
/// one that tells it, for rules that ask who was reached.
Outcome<void> emit_machine(std::string_view webhook, const Form& form, std::string_view action, std::string_view raw,
                           const Emit& emit) {
  const bool of_call = webhook != "amd" && webhook != "sms" && webhook != "sms-status" && !is_leg(form);
  if (!of_call || !is_id(form.get("CallSid")) || !is_id(form.get("AnsweredBy"))) return {};
  Event event{.id = event_id("amd", form), .type = "call.machine", .subject = subject(form)};
  if (event.id.empty()) return {};
  event.data = machine_data(form.get("CallSid"), form.get("AnsweredBy"), action);
  event.raw = raw;
  return emit(event);
}

}  // namespace

Outcome<void> Provider::decode_json(const Record& record, const Emit& emit) const {
  thread_local JsonReader reader;
  Outcome<JsonValue> root = reader.parse(record.body);
  if (!root) return std::unexpected(root.error());
  Event event;
  event.type = "twilio." + clean_word(record.kind.empty() ? "json" : record.kind);
  event.id = event.type + ":" + sha256_hex(*host_.crypto, record.body);
  event.data = "{}";
  event.raw = reader.text();
  event.wants_reply = wants_reply(record.kind.empty() ? "json" : record.kind);
  return emit(event);
}

Outcome<void> Provider::decode(const Record& record, const Emit& emit) const {
  std::string_view type = record.headers.get("content-type");
  if (record.record_kind == "import") return decode_import(record, emit);
  bool json = type.empty() ? record.body.starts_with('{') : type_fits(type, "application/json");
  if (json) return decode_json(record, emit);
  Form form(encoded_params(record.body, record.headers.get(":query")));
  std::string_view webhook = webhook_kind(record.kind, form);
  Event event;
  event.type = event_type(webhook, form);
  event.id = event_id(webhook, form);
  const bool by_parameters = !event.id.empty() && webhook != "voice";
  if (event.id.empty()) event.id = clean_word(webhook);
  if (!by_parameters) event.id += ":" + signed_hash(*host_.crypto, record, form);
  event.subject = subject(form);
  event.time_ms = rfc2822_ms(form.get("Timestamp")).value_or(0);
  Form query(record.headers.get(":query"));
  event.data = normalize(webhook, form, event.time_ms, query.get("action"));
  std::string raw = form.to_json();
  event.raw = raw;
  event.wants_reply = wants_reply(webhook);
  if (auto emitted = emit_machine(webhook, form, query.get("action"), raw, emit); !emitted) return emitted;
  return emit(event);
}

}  // namespace hookswitch::plugin::twilio
