#include <algorithm>

#include "plugins/elevenlabs/acting.h"
#include "plugins/elevenlabs/normalize.h"
#include "plugins/lib/http_answers.h"
#include "plugins/lib/times.h"

namespace hookswitch::plugin::elevenlabs {

namespace {

constexpr size_t kActionIdBytes = 64;

std::string_view status_word(std::string_view status) {
  if (status.empty()) return "";
  if (status == "done") return "completed";
  if (status == "initiated") return status;
  return status == "failed" ? "failed" : "in_progress";
}

/// Our action's id, where the conversation carries one that may be ours: who calls in, or speaks with the agent in a
/// browser, may name any variable.
std::string known_action(JsonValue conversation) {
  JsonValue metadata = conversation["metadata"];
  std::string_view source = metadata["conversation_initiation_source"].text();
  if (is_no_call_out(metadata["phone_call"]["direction"].text(), source)) return "";
  std::string id = action_of(conversation);
  return is_id(id) && id.size() <= kActionIdBytes ? id : "";
}

void write_ids(JsonWriter& out, JsonValue conversation, JsonValue phone) {
  out.open_object("external_ids");
  out.text("conversation_id", conversation["conversation_id"].id());
  out.text("call_sid", phone["call_sid"].id());
  out.text("sip_call_id", phone["call_id"].id());
  out.text("action", known_action(conversation));
  out.close_object();
}

struct Parties {
  std::string_view direction;
  std::string user, agent;  // numbers
};

/// WhatsApp's ids of people are their numbers without the plus; an id of another kind is no number.
std::string whatsapp_number(const std::string& id) {
  bool digits = id.find_first_not_of("0123456789") == std::string::npos;
  return digits && !id.empty() ? "+" + id : "";
}

/// A conversation came about over the telephone, by SMS, by WhatsApp, or, in a browser, between no numbers at all.
Parties parties_of(JsonValue metadata) {
  JsonValue phone = metadata["phone_call"], sms = metadata["sms"], whatsapp = metadata["whatsapp"];
  if (phone.exists()) return {phone["direction"].text(), phone["external_number"].id(), phone["agent_number"].id()};
  if (sms.exists()) return {sms["direction"].text(), sms["sms_user_phone_number"].id(), sms["agent_phone_number"].id()};
  return {whatsapp["direction"].text(), whatsapp_number(whatsapp["whatsapp_user_id"].id()), ""};
}

/// Where nobody says who began (WhatsApp may not), it is taken for the user, so that the person is found by number.
void write_parties(JsonWriter& out, JsonValue metadata) {
  Parties who = parties_of(metadata);
  bool outbound = who.direction == "outbound";
  if (outbound || who.direction == "inbound") out.text("direction", who.direction);
  out.text("from", outbound ? who.agent : who.user);
  out.text("to", outbound ? who.user : who.agent);
}

/// Their webhook follows the end, and their list tells no other time: so this is the event's time in both.
std::optional<int64_t> end_of(JsonValue metadata) {
  std::optional<double> answered = metadata["accepted_time_unix_secs"].number();
  std::optional<double> from = answered ? answered : metadata["start_time_unix_secs"].number();
  if (!from) return std::nullopt;
  double lasted = metadata["call_duration_secs"].number().value_or(0);  // counted from the answer
  return unix_ms(*from + std::max(lasted, 0.0));
}

bool goes_on(std::string_view status) { return status == "initiated" || status == "in-progress"; }

/// Of a conversation that goes on their list says how long it has lasted: that is neither its end nor its duration.
void write_times(JsonWriter& out, std::string_view status, JsonValue metadata) {
  out.integer("started_at", unix_ms(metadata["start_time_unix_secs"].number()));
  out.integer("answered_at", unix_ms(metadata["accepted_time_unix_secs"].number()));
  if (goes_on(status)) return;
  if (metadata["call_duration_secs"].number()) out.integer("ended_at", end_of(metadata));
  out.copy("duration_secs", metadata["call_duration_secs"]);
}

void write_cost(JsonWriter& out, JsonValue metadata) {
  out.copy("cost_credits", metadata["cost"]);
  std::optional<double> fiat = metadata["cost_fiat"].number();
  out.real("cost", fiat);
  if (fiat) out.text("currency", "USD");
}

/// `results` maps an id to an object of which one member counts; newer payloads have a list beside it.
void write_results(JsonWriter& out, std::string_view name, JsonValue results, JsonValue list, std::string_view id,
                   std::string_view member) {
  if (!results.is_object() && !list.is_array()) return;
  out.open_object(name);
  if (results.is_object()) {
    results.each_field([&](std::string_view key, JsonValue result) {
      out.foreign_key(key);
      out.copy_value(result[member]);
    });
  } else {
    list.each_item([&](JsonValue result) {
      out.foreign_key(result[id].id());
      out.copy_value(result[member]);
    });
  }
  out.close_object();
}

std::string_view outcome(JsonValue analysis) {
  std::string_view collected = analysis["data_collection_results"]["outcome"]["value"].text();
  return collected.empty() ? analysis["call_successful"].text() : collected;
}

void write_analysis(JsonWriter& out, JsonValue analysis) {
  out.text("summary", analysis["transcript_summary"].text());
  out.text("title", analysis["call_summary_title"].text());
  out.text("outcome", outcome(analysis));
  write_results(out, "data_collection", analysis["data_collection_results"], analysis["data_collection_results_list"],
                "data_collection_id", "value");
  write_results(out, "evaluation", analysis["evaluation_criteria_results"],
                analysis["evaluation_criteria_results_list"], "criteria_id", "result");
}

}  // namespace

Normalized normalize_conversation(JsonValue conversation) {
  JsonValue metadata = conversation["metadata"];
  JsonValue phone = metadata["phone_call"];
  JsonWriter out(4096);
  out.open_object();
  write_ids(out, conversation, phone);
  out.text("agent_id", conversation["agent_id"].id());
  out.text("agent_name", conversation["agent_name"].text());
  write_parties(out, metadata);
  out.text("status", status_word(conversation["status"].text()));
  write_times(out, conversation["status"].text(), metadata);
  write_cost(out, metadata);
  write_analysis(out, conversation["analysis"]);
  out.text("language", metadata["main_language"].text());
  write_turns(out, conversation["transcript"]);
  JsonValue variables = conversation["conversation_initiation_client_data"]["dynamic_variables"];
  if (variables.is_object()) out.copy("variables", variables);
  std::string user = conversation["user_id"].id();
  if (user != known_action(conversation)) out.text("user_id", user);
  out.text("termination_reason", metadata["termination_reason"].text());
  out.text("error_code", metadata["error"]["code"].id());
  out.text("batch_call_id", metadata["batch_call"]["batch_call_id"].id());
  out.flag("has_recording", conversation["has_audio"].flag());
  out.close_object();

  std::string id = conversation["conversation_id"].id();
  std::string call = phone["call_sid"].id();
  return {.data = out.take(), .about = id, .subject = call.empty() ? id : call, .time_ms = end_of(metadata)};
}

}  // namespace hookswitch::plugin::elevenlabs
