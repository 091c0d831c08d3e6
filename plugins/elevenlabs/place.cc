// Requests that place calls. Their interface knows no idempotency key, so our action's id travels as a dynamic
// variable, which every report about the conversation repeats, and as the user's id where there is no other, by which
// conversations can be listed.
#include "plugins/elevenlabs/acting.h"
#include "plugins/elevenlabs/provider.h"
#include "plugins/lib/json_write.h"

namespace hookswitch::plugin::elevenlabs {

namespace {

constexpr int64_t kLongestRingingSecs = 999;
constexpr size_t kNumberBytes = 64;
constexpr size_t kRecipientsMax = 10'000;

/// Whether a call is the one its action stands for, or one of a batch: then no call is the action's.
enum class Whose { call, batch };

/// Variables as they take them, and ours.
void write_variables(JsonWriter& out, JsonValue variables, std::string_view action, Whose whose) {
  out.open_object("dynamic_variables");
  variables.each_field([&](std::string_view key, JsonValue value) {
    if (key == kActionVariable || key == kBatchVariable || !value.exists()) return;
    out.foreign_key(key);
    out.copy_value(value);
  });
  out.text(whose == Whose::call ? kActionVariable : kBatchVariable, action);
  out.close_object();
}

/// `call`: an action's params, or one recipient of a batch.
void write_initiation(JsonWriter& out, JsonValue call, std::string_view action, Whose whose) {
  std::string user = call["user_id"].id();
  if (user.empty() && whose == Whose::call) user = action;
  out.open_object("conversation_initiation_client_data");
  if (call["overrides"].is_object()) out.copy("conversation_config_override", call["overrides"]);
  out.text("user_id", user);
  write_variables(out, call["variables"], action, whose);
  out.close_object();
}

Outcome<void> write_ringing(JsonWriter& out, JsonValue params) {
  JsonValue timeout = params["timeout_secs"];
  if (!timeout.exists()) return {};
  std::optional<int64_t> secs = timeout.integer();
  if (!secs || *secs < 1 || *secs > kLongestRingingSecs) {
    return std::unexpected("timeout_secs: found something else, expected a whole number from 1 to 999");
  }
  out.open_object("telephony_call_config");
  out.integer("ringing_timeout_secs", secs);
  out.close_object();
  return {};
}

/// Of the params, else as configured.
Outcome<std::string> chosen(JsonValue params, std::string_view name, const std::string& configured) {
  std::string own = params[name].id();
  if (!own.empty()) return own;
  if (!configured.empty()) return configured;
  return std::unexpected(std::string(name) + ": found none in the params or the source's settings, expected one");
}

Outcome<void> check_number(const std::string& number) {
  if (!number.empty() && number.size() <= kNumberBytes) return {};
  return std::unexpected("to: found no phone number, expected one");
}

Outcome<std::string> call_body(const Account& account, const Action& action, JsonValue params) {
  Outcome<std::string> agent = chosen(params, "agent_id", account.agent_id);
  Outcome<std::string> number = chosen(params, "phone_number_id", account.phone_number_id);
  if (!agent) return agent;
  if (!number) return number;
  std::string to = params["to"].id();
  if (auto good = check_number(to); !good) return std::unexpected(good.error());
  JsonWriter out;
  out.open_object();
  out.text("agent_id", *agent);
  out.text("agent_phone_number_id", *number);
  out.text("to_number", to);
  write_initiation(out, params, action.id, Whose::call);
  if (!account.sip_trunk) out.flag("call_recording_enabled", params["record"].flag());
  if (auto written = write_ringing(out, params); !written) return std::unexpected(written.error());
  out.close_object();
  return out.take();
}

Outcome<void> write_recipients(JsonWriter& out, JsonValue recipients, std::string_view action) {
  size_t count = 0;
  bool all = true;
  out.open_array("recipients");
  recipients.each_item([&](JsonValue recipient) {
    std::string to = recipient["to"].id();
    all = all && check_number(to).has_value() && ++count <= kRecipientsMax;
    if (!all) return;
    out.open_object();
    out.text("id", recipient["id"].id());
    out.text("phone_number", to);
    write_initiation(out, recipient, action, Whose::batch);
    out.close_object();
  });
  out.close_array();
  if (all && count > 0) return {};
  return std::unexpected("recipients: found a list that is none, expected 1 to 10000 with a phone number as `to` each");
}

Outcome<std::string> batch_body(const Account& account, const Action& action, JsonValue params) {
  Outcome<std::string> agent = chosen(params, "agent_id", account.agent_id);
  Outcome<std::string> number = chosen(params, "phone_number_id", account.phone_number_id);
  if (!agent) return agent;
  if (!number) return number;
  JsonWriter out(16 * 1024);
  out.open_object();
  out.text("call_name", batch_name(params["name"].text(), action.id));
  out.text("agent_id", *agent);
  out.text("agent_phone_number_id", *number);
  if (auto written = write_recipients(out, params["recipients"], action.id); !written) {
    return std::unexpected(written.error());
  }
  if (std::optional<int64_t> at = params["not_before"].integer()) out.integer("scheduled_time_unix", *at / 1000);
  out.text("timezone", params["timezone"].text());
  if (std::optional<int64_t> most = params["concurrency"].integer(); most && *most >= 1) {
    out.integer("target_concurrency_limit", most);
  }
  if (auto written = write_ringing(out, params); !written) return std::unexpected(written.error());
  out.close_object();
  return out.take();
}

}  // namespace

std::string batch_name(std::string_view name, std::string_view action) {
  return name.empty() ? std::string(action) : std::string(name) + " [" + std::string(action) + "]";
}

Outcome<HttpRequest> Provider::build_action(const Action& action) const {
  thread_local JsonReader reader;
  Outcome<JsonValue> params = reader.parse(action.params);
  if (!params) return std::unexpected(params.error());
  bool batch = action.type == "batch_call";
  Outcome<std::string> body = batch ? batch_body(account_, action, *params) : call_body(account_, action, *params);
  if (!body) return std::unexpected(body.error());
  std::string_view path = batch                ? "/v1/convai/batch-calling/submit"
                          : account_.sip_trunk ? "/v1/convai/sip-trunk/outbound-call"
                                               : "/v1/convai/twilio/outbound-call";
  return request("POST", path, std::move(*body));
}

}  // namespace hookswitch::plugin::elevenlabs
