#include "plugins/elevenlabs/provider.h"

#include <algorithm>

#include "plugins/lib/json_write.h"
#include "plugins/lib/replies.h"
#include "plugins/lib/settings.h"

namespace hookswitch::plugin::elevenlabs {

const std::string_view Provider::kSchema = R"({
  "type": "object",
  "required": ["webhook_secret"],
  "additionalProperties": false,
  "properties": {
    "webhook_secret": {"type": ["string", "array"], "description": "of the webhook, as shown once; any of a list may match"},
    "tolerance_secs": {"type": "integer", "default": 1800, "description": "how old a signature may be"},
    "future_secs": {"type": "integer", "default": 300, "description": "how far ahead of our clock a signature may be"},
    "initiation_secret": {"type": "object", "required": ["header", "value"],
      "properties": {"header": {"type": "string"}, "value": {"type": "string"}},
      "description": "the static header that authenticates the conversation initiation webhook"},
    "initiation_default": {"type": "object", "description": "its answer when no rule gave one in time"},
    "formats": {"type": "array", "items": {"enum": ["flat"]}, "description": "payloads of one's own that are understood"},
    "answer_call": {"type": "boolean", "default": false, "description": "rules answer deliveries of the flat format"},
    "api_key": {"type": "string", "description": "for placing calls and for what webhooks missed"},
    "api_base": {"type": "string", "default": "https://api.elevenlabs.io"},
    "agent_id": {"type": "string", "description": "who calls, unless an action says otherwise"},
    "phone_number_id": {"type": "string", "description": "from where, unless an action says otherwise"},
    "outbound": {"enum": ["twilio", "sip_trunk"], "default": "twilio", "description": "what the number is connected by"}
  }
})";

namespace {

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

void read_initiation(Settings& settings, Account& account) {
  Settings inner = settings.inside("initiation_secret");
  account.initiation_header = lower(inner.text("header"));
  account.initiation_secret = inner.text("value");
  settings.adopt(inner);
  if (settings.has("initiation_secret") && (account.initiation_header.empty() || account.initiation_secret.empty())) {
    settings.refuse("initiation_secret: found no header or no value, expected both");
  }
  account.initiation_default = settings.object("initiation_default");
}

void read_formats(Settings& settings, Account& account) {
  for (const std::string& format : settings.texts("formats")) {
    if (format != "flat") settings.refuse("formats: found an unknown format, expected flat");
    account.flat = true;
  }
  account.answer_call = settings.flag("answer_call", false);
}

void read_api(Settings& settings, Account& account) {
  account.api_key = settings.text("api_key");
  account.api_base = api_base(settings, "https://api.elevenlabs.io");
  account.agent_id = settings.text("agent_id");
  account.phone_number_id = settings.text("phone_number_id");
  std::string outbound = settings.text("outbound", "twilio");
  account.sip_trunk = outbound == "sip_trunk";
  if (outbound != "twilio" && outbound != "sip_trunk") {
    settings.refuse("outbound: found something else, expected twilio or sip_trunk");
  }
}

}  // namespace

Outcome<std::unique_ptr<Provider>> Provider::create(const Host& host, Settings& settings) {
  Account account;
  std::vector<std::string> secrets = settings.secrets("webhook_secret", true);
  account.tolerance.back_ms = settings.integer("tolerance_secs", 1800, 1, 86'400) * 1000;
  account.tolerance.ahead_ms = settings.integer("future_secs", 300, 0, 86'400) * 1000;
  read_initiation(settings, account);
  read_formats(settings, account);
  read_api(settings, account);
  if (auto clean = settings.check(); !clean) return std::unexpected(clean.error());
  account.keys = hmac_keys(host, HOOKSWITCH_HMAC_SHA256, secrets);
  return std::unique_ptr<Provider>(new Provider(host, std::move(account)));
}

Outcome<HttpRequest> Provider::request(std::string method, std::string_view path, std::string body) const {
  if (account_.api_key.empty())
    return std::unexpected("api_key: found none, expected one to ask ElevenLabs for anything");
  HttpRequest out{.method = std::move(method), .url = account_.api_base, .headers = {}, .body = std::move(body)};
  out.url += path;
  out.headers = {{"xi-api-key", account_.api_key}, {"accept", "application/json"}};
  if (!out.body.empty()) out.headers.emplace_back("content-type", "application/json");
  out.harmless = out.method == "GET";
  return out;
}

Outcome<Reply> Provider::render(const EventView& event, std::string_view reply) const {
  thread_local JsonReader reader;
  Outcome<JsonValue> said = reader.parse(reply);
  if (!said) return std::unexpected(said.error());
  JsonValue json = (*said)["json"];
  if (!json.exists()) return plain_reply(*said, "json");
  JsonWriter out;
  if (event.type == "conversation.starting" && json.is_object() && !json["type"].exists()) {
    // What they demand of every answer; rules need not know.
    out.open_object();
    out.text("type", "conversation_initiation_client_data");
    json.each_field([&](std::string_view key, JsonValue value) {
      out.foreign_key(key);
      out.copy_value(value);
    });
    out.close_object();
  } else {
    out.copy_value(json);
  }
  return json_reply(out.take());
}

Outcome<Reply> Provider::default_reply(const Request& request) const {
  if (!is_initiation(request.kind)) {
    return json_reply(R"({"success":true,"message":"Call data logged successfully"})");
  }
  if (!account_.initiation_default.empty()) {
    EventView event;
    event.type = "conversation.starting";
    return render(event, "{\"json\":" + account_.initiation_default + "}");
  }
  return json_reply(R"({"type":"conversation_initiation_client_data","dynamic_variables":{}})");
}

}  // namespace hookswitch::plugin::elevenlabs

HOOKSWITCH_PLUGIN(hookswitch::plugin::elevenlabs::Provider)
