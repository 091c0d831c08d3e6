// Made-up calls as ElevenLabs would report them.
#include "plugins/elevenlabs/provider.h"
#include "plugins/lib/json_read.h"
#include "plugins/lib/json_write.h"

namespace hookswitch::plugin::elevenlabs {

namespace {

constexpr int64_t kAnalysisMs = 4'000;  // from the end of a call to the transcript
constexpr int64_t kAudioMs = 9'000;     // and to the audio
constexpr double kCreditsPerSecond = 9.3;
constexpr double kDollarsPerSecond = 0.0018;

/// One call, in the parts their payloads are made of.
struct Told {
  explicit Told(JsonValue from) : story(from), id(from["id"].text()) {
    inbound = from["direction"].text() == "inbound";
    started_ms = from["started_at"].integer().value_or(0);
    answered_ms = started_ms + from["ring_secs"].integer().value_or(0) * 1000;
    duration_secs = from["duration_secs"].integer().value_or(0);
    ended_ms = answered_ms + duration_secs * 1000;
    machine = from["answered_by"].text() == "machine";
    reached = from["status"].text() == "completed";
  }

  JsonValue story;
  std::string id;
  bool inbound, machine, reached;
  int64_t started_ms, answered_ms, ended_ms, duration_secs;

  std::string conversation() const { return "conv_" + id.substr(0, 28); }
  std::string call_sid() const { return "CA" + id; }
  std::string agent() const { return story["agent_id"].id(); }
  std::string_view outcome() const {
    JsonValue success = story["success"];
    return !success.exists() ? "unknown" : success.flag().value_or(false) ? "success" : "failure";
  }
};

void write_tools(JsonWriter& out, const std::string& call, int64_t turn, JsonValue tools) {
  std::string request = call + "_" + std::to_string(turn);
  out.open_array("tool_calls");
  tools.each_item([&](JsonValue tool) {
    JsonWriter params;
    params.copy_value(tool["params"]);
    out.open_object();
    out.text("type", "system");
    out.text("request_id", request);
    out.text("tool_name", tool["name"].text());
    out.text("params_as_json", params.take());
    out.flag("tool_has_been_called", true);
    out.close_object();
  });
  out.close_array();
  out.open_array("tool_results");
  tools.each_item([&](JsonValue tool) {
    out.open_object();
    out.text("request_id", request);
    out.text("tool_name", tool["name"].text());
    out.text("result_value", tool["result"].text());
    out.flag("is_error", tool["is_error"].flag().value_or(false));
    out.flag("tool_has_been_called", true);
    out.text("type", "system");
    out.close_object();
  });
  out.close_array();
}

void write_transcript(JsonWriter& out, const Told& told) {
  int64_t number = 0;
  out.open_array("transcript");
  told.story["transcript"].each_item([&](JsonValue turn) {
    out.open_object();
    out.text("role", turn["role"].text());
    turn["message"].exists() ? out.copy("message", turn["message"]) : out.json("message", "null");
    write_tools(out, told.id.substr(0, 12), number++, turn["tools"]);
    out.json("feedback", "null");
    out.integer("time_in_call_secs", turn["time_secs"].integer());
    out.json("conversation_turn_metrics", "null");
    out.flag("interrupted", false);
    if (turn["role"].text() == "user") out.text("source_medium", "audio");
    out.close_object();
  });
  out.close_array();
}

void write_phone(JsonWriter& out, const Told& told, std::string_view phone_number_id) {
  std::string from = told.story["from"].id(), to = told.story["to"].id();
  out.open_object("phone_call");
  out.text("direction", told.inbound ? "inbound" : "outbound");
  out.text("phone_number_id", phone_number_id.empty() ? "phnum_simulated" : phone_number_id);
  out.text("agent_number", told.inbound ? to : from);
  out.text("external_number", told.inbound ? from : to);
  out.text("type", "twilio");
  out.text("stream_sid", "MZ" + told.id);
  out.text("call_sid", told.call_sid());
  out.close_object();
}

void write_metadata(JsonWriter& out, const Told& told, std::string_view phone_number_id) {
  auto seconds = static_cast<double>(told.duration_secs);
  out.open_object("metadata");
  out.integer("start_time_unix_secs", told.started_ms / 1000);
  out.integer("accepted_time_unix_secs", told.answered_ms / 1000);
  out.integer("call_duration_secs", told.duration_secs);
  out.integer("cost", static_cast<int64_t>(seconds * kCreditsPerSecond));
  out.real("cost_fiat", seconds * kDollarsPerSecond);
  out.text("authorization_method", "public");
  write_phone(out, told, phone_number_id);
  out.json("batch_call", "null");
  out.text("termination_reason", told.story["termination_reason"].text());
  out.json("error", "null");
  out.json("warnings", "[]");
  out.text("main_language", told.story["language"].text());
  out.flag("text_only", false);
  out.close_object();
}

void write_results(JsonWriter& out, std::string_view name, JsonValue values, std::string_view id,
                   std::string_view member) {
  out.open_object(name);
  values.each_field([&](std::string_view key, JsonValue value) {
    out.foreign_key(key);
    out.open_object();
    out.text(id, key);
    out.copy(member, value);
    out.text("rationale", "As the caller said.");
    out.close_object();
  });
  out.close_object();
}

void write_analysis(JsonWriter& out, const Told& told) {
  out.open_object("analysis");
  write_results(out, "evaluation_criteria_results", told.story["evaluation"], "criteria_id", "result");
  write_results(out, "data_collection_results", told.story["data_collection"], "data_collection_id", "value");
  out.text("call_successful", told.outcome());
  out.text("transcript_summary", told.story["summary"].text());
  out.text("call_summary_title", told.story["title"].text());
  out.close_object();
}

void write_variables(JsonWriter& out, const Told& told) {
  out.open_object("conversation_initiation_client_data");
  out.json("conversation_config_override", "{}");
  out.json("custom_llm_extra_body", "{}");
  told.story["variables"].is_object() ? out.copy("dynamic_variables", told.story["variables"])
                                      : out.json("dynamic_variables", "{}");
  out.close_object();
}

/// Opens the envelope and its `data`.
JsonWriter envelope(const Told& told, std::string_view type, int64_t time_ms, size_t expected_bytes) {
  JsonWriter out(expected_bytes);
  out.open_object();
  out.text("type", type);
  out.integer("event_timestamp", time_ms / 1000);
  out.open_object("data");
  out.text("agent_id", told.agent());
  out.text("conversation_id", told.conversation());
  return out;
}

Delivery delivery(std::string kind, JsonWriter body, int64_t time_ms) {
  return {.kind = std::move(kind),
          .headers = {{"content-type", "application/json"}, {"user-agent", "ElevenLabs/1.0"}},
          .body = body.take(),
          .time_ms = time_ms};
}

Delivery transcription(const Told& told, std::string_view phone_number_id) {
  int64_t time_ms = told.ended_ms + kAnalysisMs;
  bool audio = told.story["audio_bytes"].integer().value_or(0) > 0;
  JsonWriter out = envelope(told, "post_call_transcription", time_ms, 8192);
  out.text("agent_name", told.story["agent_name"].text());
  out.text("status", "done");
  write_transcript(out, told);
  write_metadata(out, told, phone_number_id);
  write_analysis(out, told);
  write_variables(out, told);
  out.flag("has_audio", audio);
  out.flag("has_user_audio", audio);
  out.flag("has_response_audio", audio);
  out.close_object();
  out.close_object();
  return delivery("", std::move(out), time_ms);
}

/// Silence, as far as anybody listens: the same frame again and again.
Delivery audio(const Told& told, int64_t bytes) {
  constexpr std::string_view kFrame = "//uQZAAAAAAAAAAAAAAAAAAAAAAASW5mbwAAAA8A";  // base64 of 30 bytes
  std::string sound;
  for (int64_t left = bytes; left > 0; left -= 30) sound += kFrame;
  int64_t time_ms = told.ended_ms + kAudioMs;
  JsonWriter out = envelope(told, "post_call_audio", time_ms, sound.size() + 512);
  out.text("full_audio", sound);
  out.close_object();
  out.close_object();
  return delivery("", std::move(out), time_ms);
}

Delivery failure(const Told& told) {
  std::string_view status = told.story["status"].text();
  int64_t time_ms = told.ended_ms + 1'000;
  JsonWriter out = envelope(told, "call_initiation_failure", time_ms, 1024);
  out.text("failure_reason", status == "busy" ? "busy" : status == "no_answer" ? "no-answer" : "unknown");
  out.open_object("metadata");
  out.text("type", "twilio");
  out.open_object("body");
  out.text("CallSid", told.call_sid());
  out.text("CallStatus", status == "no_answer" ? "no-answer" : status);
  out.text("From", told.story["from"].id());
  out.text("To", told.story["to"].id());
  out.text("Direction", "outbound-api");
  out.text("SipResponseCode", status == "busy" ? "486" : "487");
  out.text("CallDuration", "0");
  for (int open = 0; open < 4; ++open) out.close_object();
  return delivery("", std::move(out), time_ms);
}

Delivery initiation(const Told& told) {
  JsonWriter out(256);
  out.open_object();
  out.text("caller_id", told.story["from"].id());
  out.text("agent_id", told.agent());
  out.text("called_number", told.story["to"].id());
  out.text("call_sid", told.call_sid());
  out.close_object();
  return delivery("initiation", std::move(out), told.started_ms + 400);
}

}  // namespace

// A call that came in and that nobody took is one they know nothing of.
Outcome<void> Provider::play(std::string_view story, const Send& send) const {
  thread_local JsonReader reader;
  Outcome<JsonValue> root = reader.parse(story);
  if (!root) return std::unexpected(root.error());
  Told told(*root);
  if (!told.reached) return told.inbound ? Outcome<void>{} : send(failure(told));
  if (told.inbound && !account_.initiation_header.empty()) {
    if (Outcome<void> done = send(initiation(told)); !done) return done;
  }
  if (Outcome<void> done = send(transcription(told, account_.phone_number_id)); !done) return done;
  int64_t audio_bytes = told.story["audio_bytes"].integer().value_or(0);
  return audio_bytes > 0 ? send(audio(told, audio_bytes)) : Outcome<void>{};
}

}  // namespace hookswitch::plugin::elevenlabs
