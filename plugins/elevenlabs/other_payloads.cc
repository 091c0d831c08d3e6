#include <algorithm>
#include <charconv>

#include "plugins/elevenlabs/normalize.h"
#include "plugins/lib/times.h"

namespace hookswitch::plugin::elevenlabs {

namespace {

struct FailureWords {
  std::string_view reason, status;
};

FailureWords failure_words(std::string_view reason) {
  if (reason == "busy") return {"busy", "busy"};
  if (reason == "no-answer" || reason == "no_answer") return {"no_answer", "no_answer"};
  return {"unknown", "failed"};
}

/// Of the text itself, or of one that the engine left where it was stored: "hookswitch-blob:...;length=<bytes>".
int64_t base64_bytes(std::string_view text) {
  if (text.starts_with("hookswitch-blob:")) {
    size_t at = text.rfind('=') + 1;
    int64_t length = 0;
    std::from_chars(text.data() + at, text.data() + text.size(), length);
    return length / 4 * 3;
  }
  size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  return static_cast<int64_t>(text.size() / 4 * 3 - std::min(padding, text.size() / 4 * 3));
}

/// Twilio's names, or those of their SIP trunks: whichever are there.
JsonValue either(JsonValue object, std::string_view one, std::string_view other) {
  return object[one].exists() ? object[one] : object[other];
}

std::string_view flat_status(std::string_view status) {
  if (status.empty() || status == "done" || status == "ended" || status == "completed") return "completed";
  if (status == "no-answer" || status == "no_answer") return "no_answer";
  return status == "busy" || status == "canceled" ? status : status == "failed" ? "failed" : "completed";
}

void write_flat_times(JsonWriter& out, JsonValue call) {
  std::optional<int64_t> started = rfc3339_ms(call["started_at"].text());
  std::optional<int64_t> ended = rfc3339_ms(call["ended_at"].text());
  out.integer("started_at", started);
  out.integer("ended_at", ended);
  JsonValue duration = call["duration_seconds"].exists() ? call["duration_seconds"] : call["duration_secs"];
  if (duration.exists()) {
    out.copy("duration_secs", duration);
  } else if (started && ended && *ended >= *started) {
    out.integer("duration_secs", (*ended - *started) / 1000);
  }
}

void write_flat_transcript(JsonWriter& out, JsonValue transcript) {
  if (transcript.is_array()) return write_turns(out, transcript);
  if (!transcript.text().empty()) write_spoken(out, transcript.text());
}

}  // namespace

Normalized normalize_audio(JsonValue data) {
  std::string id = data["conversation_id"].id();
  JsonWriter out;
  out.open_object();
  out.open_object("external_ids");
  out.text("conversation_id", id);
  out.close_object();
  out.text("agent_id", data["agent_id"].id());
  if (data["full_audio"].is_text()) {
    out.open_object("audio");
    out.integer("bytes", base64_bytes(data["full_audio"].text()));
    out.text("format", "mp3");
    out.text("pointer", "/data/full_audio");
    out.close_object();
    out.flag("has_recording", true);
  }
  out.close_object();
  return {.data = out.take(), .about = id, .subject = id, .time_ms = std::nullopt};
}

Normalized normalize_failure(JsonValue data, std::optional<int64_t> time_ms) {
  JsonValue body = data["metadata"]["body"];
  FailureWords words = failure_words(data["failure_reason"].text());
  std::string id = data["conversation_id"].id();
  std::string call = either(body, "CallSid", "call_sid").id();
  JsonWriter out;
  out.open_object();
  out.open_object("external_ids");
  out.text("conversation_id", id);
  out.text("call_sid", call);
  out.close_object();
  out.text("agent_id", data["agent_id"].id());
  out.text("direction", "outbound");
  out.text("status", words.status);
  out.text("reason", words.reason);
  out.text("from", either(body, "From", "from_number").id());
  out.text("to", either(body, "To", "to_number").id());
  out.integer("ended_at", time_ms);
  out.integer("sip_code", either(body, "SipResponseCode", "sip_status_code").integer());
  out.text("error_code", body["ErrorCode"].id());
  out.text("termination_reason", body["error_reason"].text());
  out.close_object();
  return {.data = out.take(), .about = id, .subject = call.empty() ? id : call, .time_ms = std::nullopt};
}

Normalized normalize_initiation(JsonValue request) {
  std::string call = request["call_sid"].id(), conversation = request["conversation_id"].id();
  JsonWriter out;
  out.open_object();
  out.open_object("external_ids");
  out.text("call_sid", call);
  out.text("conversation_id", conversation);
  out.close_object();
  out.text("agent_id", request["agent_id"].id());
  out.text("direction", "inbound");
  out.text("status", "ringing");
  out.text("from", request["caller_id"].id());
  out.text("to", request["called_number"].id());
  out.close_object();
  std::string about = call.empty() ? conversation : call;
  return {.data = out.take(), .about = about, .subject = about, .time_ms = std::nullopt};
}

Normalized normalize_flat(JsonValue call) {
  std::string id = call["call_id"].id();
  std::string_view direction = call["direction"].text();
  JsonValue analysis = call["analysis"];
  JsonWriter out(2048);
  out.open_object();
  out.open_object("external_ids");
  out.text("call_id", id);
  out.text("conversation_id", call["conversation_id"].id());
  out.text("call_sid", call["call_sid"].id());
  out.close_object();
  out.text("agent_id", call["agent_id"].id());
  if (direction == "inbound" || direction == "outbound") out.text("direction", direction);
  out.text("status", flat_status(call["status"].text()));
  out.text("from", call["from_number"].id());
  out.text("to", call["to_number"].id());
  write_flat_times(out, call);
  out.text("summary", analysis["summary"].text());
  out.text("outcome", analysis["call_outcome"].text());
  write_flat_transcript(out, call["transcript"]);
  out.close_object();
  return {.data = out.take(), .about = id, .subject = id, .time_ms = rfc3339_ms(call["ended_at"].text())};
}

}  // namespace hookswitch::plugin::elevenlabs
