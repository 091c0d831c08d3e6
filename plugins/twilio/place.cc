// Requests that place, end and redirect calls, send messages and delete recordings. There is no idempotency key, and
// the lists show nothing of ours; so our action's id travels in the addresses that Twilio calls back.
#include <algorithm>

#include "plugins/lib/http_answers.h"
#include "plugins/lib/json_read.h"
#include "plugins/twilio/provider.h"

namespace hookswitch::plugin::twilio {

namespace {

constexpr size_t kNumberBytes = 64;
constexpr size_t kTwimlCharacters = 4000;
constexpr size_t kTextCharacters = 1600;
constexpr int64_t kLongestRingingSecs = 600;
constexpr std::array<std::string_view, 4> kStatusEvents = {"initiated", "ringing", "answered", "completed"};
// Without this Twilio calls back once and no more, whatever we answer.
constexpr std::string_view kRetries = "#rc=5&rp=all";

std::unexpected<std::string> wrong(std::string_view what) { return std::unexpected(std::string(what)); }

/// Where Twilio reports about this action.
std::string callback(const Action& action, std::string_view kind) {
  std::string url = std::string(action.hook_url) + "/" + std::string(kind);
  add_query(url, "action", action.id);
  return url + std::string(kRetries);
}

size_t characters(std::string_view text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

/// An id of the call, message or recording that an action is about.
Outcome<std::string> about(JsonValue params, std::string_view kind) {
  std::string id = params["external_ids"][kind].id();
  if (is_id(id)) return id;
  return std::unexpected("external_ids." + std::string(kind) + ": found none, expected one of Twilio's");
}

Outcome<void> append_parties(std::string& form, JsonValue params, const std::string& number) {
  std::string to = params["to"].id(), from = params["from"].id();
  if (from.empty()) from = number;
  if (to.empty() || to.size() > kNumberBytes) return wrong("to: found no phone number, expected one");
  append_param(form, "To", to);
  std::string service = params["messaging_service_sid"].id();
  if (!service.empty() && params["from"].id().empty()) {
    append_param(form, "MessagingServiceSid", service);
    return {};
  }
  if (from.empty()) return wrong("from: found none in the params or the source's phone_number, expected one");
  append_param(form, "From", from);
  return {};
}

/// What a call hears: TwiML, or an address that is asked for it. "" for neither.
Outcome<void> append_instructions(std::string& form, JsonValue params, const std::string& otherwise) {
  std::string_view twiml = params["twiml"].text(), url = params["url"].text();
  if (characters(twiml) > kTwimlCharacters)
    return wrong("twiml: found more than 4000 characters, expected at most as many");
  if (!twiml.empty()) return append_param(form, "Twiml", twiml), Outcome<void>{};
  if (url.empty() && otherwise.empty()) return wrong("twiml: found neither it nor url, expected one of them");
  append_param(form, "Url", url.empty() ? std::string_view(otherwise) : url);
  return {};
}

Outcome<void> append_detection(std::string& form, const Action& action, JsonValue params) {
  JsonValue asked = params["machine_detection"];
  if (!asked.exists() || asked.flag() == false) return {};
  bool message = asked.text() == "detect_message_end";
  if (!message && asked.flag() != true && asked.text() != "enable") {
    return wrong("machine_detection: found something else, expected true, enable or detect_message_end");
  }
  append_param(form, "MachineDetection", message ? "DetectMessageEnd" : "Enable");
  append_param(form, "AsyncAmd", "true");  // the call goes on meanwhile
  append_param(form, "AsyncAmdStatusCallback", callback(action, "amd"));
  append_param(form, "AsyncAmdStatusCallbackMethod", "POST");
  return {};
}

Outcome<void> append_ringing(std::string& form, JsonValue params) {
  JsonValue timeout = params["timeout_secs"];
  if (!timeout.exists()) return {};
  std::optional<int64_t> secs = timeout.integer();
  if (!secs || *secs < 1 || *secs > kLongestRingingSecs) {
    return wrong("timeout_secs: found something else, expected a whole number from 1 to 600");
  }
  append_param(form, "Timeout", std::to_string(*secs));
  return {};
}

Outcome<std::string> call_form(const Action& action, JsonValue params, const std::string& number) {
  std::string form;
  if (auto done = append_parties(form, params, number); !done) return std::unexpected(done.error());
  if (auto done = append_instructions(form, params, callback(action, "voice")); !done) {
    return std::unexpected(done.error());
  }
  append_param(form, "StatusCallback", callback(action, "status"));
  append_param(form, "StatusCallbackMethod", "POST");
  for (std::string_view event : kStatusEvents) append_param(form, "StatusCallbackEvent", event);
  if (auto done = append_ringing(form, params); !done) return std::unexpected(done.error());
  if (params["record"].flag().value_or(false)) {
    append_param(form, "Record", "true");
    append_param(form, "RecordingStatusCallback", callback(action, "recording"));
  }
  if (auto done = append_detection(form, action, params); !done) return std::unexpected(done.error());
  return form;
}

Outcome<std::string> message_form(const Action& action, JsonValue params, const std::string& number) {
  std::string form;
  if (auto done = append_parties(form, params, number); !done) return std::unexpected(done.error());
  std::string_view body = params["body"].text();
  if (characters(body) > kTextCharacters)
    return wrong("body: found more than 1600 characters, expected at most as many");
  if (!body.empty()) append_param(form, "Body", body);
  bool media = false;
  params["media"].each_item([&](JsonValue url) {
    media = true;
    append_param(form, "MediaUrl", url.text());
  });
  if (body.empty() && !media) return wrong("body: found neither it nor media, expected one of them");
  append_param(form, "StatusCallback", callback(action, "sms-status"));
  return form;
}

}  // namespace

Outcome<HttpRequest> Provider::build_action(const Action& action) const {
  thread_local JsonReader reader;
  Outcome<JsonValue> params = reader.parse(action.params);
  if (!params) return std::unexpected(params.error());
  if (action.type == "call" || action.type == "sms") {
    bool call = action.type == "call";
    Outcome<std::string> form =
        call ? call_form(action, *params, account_.phone_number) : message_form(action, *params, account_.phone_number);
    if (!form) return std::unexpected(form.error());
    return request(call ? "/Calls.json" : "/Messages.json", std::move(*form));
  }
  bool recording = action.type == "delete_recording", end = action.type == "end_call";
  Outcome<std::string> id = about(*params, recording ? "recording_sid" : "call_sid");
  if (!id) return std::unexpected(id.error());
  std::string form = "Status=completed";
  if (!recording && !end) {
    form.clear();
    if (auto done = append_instructions(form, *params, ""); !done) return std::unexpected(done.error());
  }
  Outcome<HttpRequest> out =
      recording ? request("/Recordings/" + *id + ".json") : request("/Calls/" + *id + ".json", std::move(form));
  if (!out) return out;
  if (recording) out->method = "DELETE";
  out->harmless = recording || end;  // a redirection begins anew each time
  return out;
}

}  // namespace hookswitch::plugin::twilio
