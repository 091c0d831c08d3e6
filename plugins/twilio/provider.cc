#include "plugins/twilio/provider.h"

#include "plugins/lib/json_read.h"
#include "plugins/lib/json_write.h"
#include "plugins/lib/replies.h"
#include "plugins/lib/settings.h"
#include "plugins/twilio/kind.h"

namespace hookswitch::plugin::twilio {

const std::string_view Provider::kSchema = R"({
  "type": "object",
  "required": ["auth_token"],
  "additionalProperties": false,
  "properties": {
    "account_sid": {"type": "string", "description": "of the account that places calls; deliveries of subaccounts are accepted"},
    "auth_token": {"type": ["string", "array"], "description": "what Twilio signs with; any of a list may match"},
    "default_twiml": {"type": "string", "description": "the answer to a call when no rule gave one in time"},
    "api_key": {"type": "string"},
    "api_secret": {"type": "string"},
    "phone_number": {"type": "string"},
    "api_base": {"type": "string", "default": "https://api.twilio.com"}
  }
})";

namespace {

// A call that rings may still be turned away: it is not billed, and who hears "busy" calls again. One that runs
// can only be ended.
constexpr std::string_view kRejectBusy = "<Response><Reject reason=\"busy\"/></Response>";
constexpr std::string_view kHangUp = "<Response><Hangup/></Response>";
constexpr std::string_view kNothing = "<Response/>";

bool rings_for_us(const Form& form) {
  return form.get("Direction") == "inbound" && form.get("CallStatus") == "ringing";
}

}  // namespace

Outcome<std::unique_ptr<Provider>> Provider::create(const Host& host, Settings& settings) {
  std::vector<std::string> tokens = settings.secrets("auth_token", true);
  std::string twiml = settings.text("default_twiml");
  std::string account = settings.text("account_sid");
  // Settings of the parts that place calls and send messages: known here so that they are not refused.
  for (const char* key : {"phone_number", "api_base", "api_key", "api_secret"}) settings.text(key);
  if (auto clean = settings.check(); !clean) return std::unexpected(clean.error());
  return std::unique_ptr<Provider>(
      new Provider(host, hmac_keys(host, HOOKSWITCH_HMAC_SHA1, tokens), std::move(twiml), std::move(account)));
}

Outcome<Reply> Provider::render(const EventView&, std::string_view reply) const {
  thread_local JsonReader reader;
  Outcome<JsonValue> said = reader.parse(reply);
  if (!said) return std::unexpected(said.error());
  if (JsonValue twiml = (*said)["twiml"]; twiml.is_text()) return twiml_reply(std::string(twiml.text()));
  if (JsonValue json = (*said)["json"]; json.exists()) {
    JsonWriter out;
    out.copy_value(json);
    return json_reply(out.take());
  }
  return plain_reply(*said, "twiml, json");
}

Outcome<Reply> Provider::default_reply(const Request& request) const {
  Form form(encoded_params(request.body, request.query));
  if (webhook_kind(request.kind, form) != "voice") return twiml_reply(std::string(kNothing));
  if (!default_twiml_.empty()) return twiml_reply(default_twiml_);
  return twiml_reply(std::string(rings_for_us(form) ? kRejectBusy : kHangUp));
}

}  // namespace hookswitch::plugin::twilio

HOOKSWITCH_PLUGIN(hookswitch::plugin::twilio::Provider)
