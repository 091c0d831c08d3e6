#include "plugins/twilio/provider.h"

#include "plugins/lib/http_answers.h"
#include "plugins/lib/json_read.h"
#include "plugins/lib/json_write.h"
#include "plugins/lib/replies.h"
#include "plugins/lib/settings.h"
#include "plugins/twilio/kind.h"
#include "plugins/twilio/signature.h"

namespace hookswitch::plugin::twilio {

const std::string_view Provider::kSchema = R"({
  "type": "object",
  "required": ["auth_token"],
  "additionalProperties": false,
  "properties": {
    "account_sid": {"type": "string", "description": "of the account that places calls; deliveries of subaccounts are accepted"},
    "auth_token": {"type": ["string", "array"], "description": "what Twilio signs with; any of a list may match"},
    "default_twiml": {"type": "string", "description": "the answer to a call when no rule gave one in time"},
    "api_key": {"type": "string", "description": "for their interface instead of the token; with api_secret"},
    "api_secret": {"type": "string"},
    "phone_number": {"type": "string", "description": "who calls, unless an action says otherwise"},
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

/// User and password of their interface: a key of its own, or the account and its token.
std::string read_login(Settings& settings, const std::string& account, const std::vector<std::string>& tokens) {
  std::string key = settings.text("api_key"), secret = settings.text("api_secret");
  if (key.empty() != secret.empty()) settings.refuse("api_key: found it without api_secret or the reverse");
  if (!key.empty()) return key + ":" + secret;
  return account + ":" + (tokens.empty() ? "" : tokens.front());
}

}  // namespace

Outcome<std::unique_ptr<Provider>> Provider::create(const Host& host, Settings& settings) {
  std::vector<std::string> tokens = settings.secrets("auth_token", true);
  Account account;
  account.default_twiml = settings.text("default_twiml");
  account.sid = settings.text("account_sid");
  account.phone_number = settings.text("phone_number");
  account.api_base = api_base(settings, "https://api.twilio.com");
  std::string login = read_login(settings, account.sid, tokens);
  if (auto clean = settings.check(); !clean) return std::unexpected(clean.error());
  account.authorization = "Basic " + base64(*host.crypto, login);
  account.keys = hmac_keys(host, HOOKSWITCH_HMAC_SHA1, tokens);
  return std::unique_ptr<Provider>(new Provider(host, std::move(account)));
}

Outcome<HttpRequest> Provider::request(std::string_view path, std::string form) const {
  if (!is_id(account_.sid)) return std::unexpected("account_sid: found none, expected one to ask Twilio for anything");
  HttpRequest out{.method = form.empty() ? "GET" : "POST", .url = account_.api_base, .headers = {}, .body = ""};
  out.url += "/2010-04-01/Accounts/" + account_.sid;
  out.url += path;
  out.headers = {{"authorization", account_.authorization}, {"accept", "application/json"}};
  if (!form.empty()) out.headers.emplace_back("content-type", std::string(kFormType));
  out.body = std::move(form);
  out.harmless = out.body.empty();
  return out;
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
  if (webhook_kind(request.kind, form) != "voice" || is_leg(form)) return twiml_reply(std::string(kNothing));
  if (!account_.default_twiml.empty()) return twiml_reply(account_.default_twiml);
  return twiml_reply(std::string(rings_for_us(form) ? kRejectBusy : kHangUp));
}

}  // namespace hookswitch::plugin::twilio

HOOKSWITCH_PLUGIN(hookswitch::plugin::twilio::Provider)
