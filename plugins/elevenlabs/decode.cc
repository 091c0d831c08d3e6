#include "plugins/elevenlabs/draft.h"
#include "plugins/elevenlabs/provider.h"
#include "plugins/lib/times.h"

namespace hookswitch::plugin::elevenlabs {

namespace {

constexpr size_t kLongestStamp = 40;
constexpr size_t kLongestId = 200;  // a longer id is not one; the body's hash stands for it

/// A vendor's type as part of ours: letters, digits, '_', '-' and '.', never empty, never long.
std::string clean_type(std::string_view type) {
  std::string out;
  for (char c : type.substr(0, 100)) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    out += plain ? c : '_';
  }
  return out.empty() ? "unknown" : out;
}

/// Seconds since the epoch as a number or a text, as their documents say both.
std::optional<int64_t> event_time(JsonValue envelope) { return unix_ms(envelope["event_timestamp"].number()); }

/// A time as written, where it is short enough to be one.
std::string stamp_text(JsonValue value) {
  std::string text = value.id();
  return text.size() <= kLongestStamp ? text : "";
}

std::string event_stamp(JsonValue envelope) {
  std::string text = stamp_text(envelope["event_timestamp"]);
  if (!text.empty()) return text;
  auto ms = event_time(envelope);
  return ms ? std::to_string(*ms) : "";
}

Normalized normalize_unknown(JsonValue envelope) {
  Normalized out;
  JsonValue data = envelope["data"].is_object() ? envelope["data"] : envelope;
  out.about = data["conversation_id"].id();
  out.subject = out.about;
  JsonWriter writer;
  writer.open_object();
  writer.open_object("external_ids");
  writer.text("conversation_id", out.about);
  writer.close_object();
  writer.text("agent_id", data["agent_id"].id());
  writer.close_object();
  out.data = writer.take();
  return out;
}

Draft draft_envelope(JsonValue root) {
  std::string type = clean_type(root["type"].text());
  Draft draft{.type = "elevenlabs." + type, .origin = type, .stamp = "", .content = {}};
  std::optional<int64_t> time = event_time(root);
  JsonValue data = root["data"];
  if (type == "post_call_transcription") {
    draft.type = "conversation.ended";
    draft.content = normalize_conversation(data);
  } else if (type == "post_call_audio") {
    draft.type = "conversation.audio";
    draft.content = normalize_audio(data);
  } else if (type == "call_initiation_failure") {
    draft.type = "call.failed";
    draft.content = normalize_failure(data, time);
  } else {
    draft.content = normalize_unknown(root);
    draft.stamp = event_stamp(root);
  }
  if (!draft.content.time_ms) draft.content.time_ms = time;
  return draft;
}

Draft draft_flat(JsonValue root) {
  return {.type = "conversation.ended",
          .origin = "flat",
          .stamp = stamp_text(root["ended_at"]),
          .content = normalize_flat(root)};
}

Draft draft_initiation(JsonValue root) {
  return {.type = "conversation.starting",
          .origin = "conversation_initiation",
          .stamp = "",
          .content = normalize_initiation(root),
          .wants_reply = true};
}

}  // namespace

Outcome<void> Provider::decode(const Record& record, const Emit& emit) const {
  thread_local JsonReader reader;
  Outcome<JsonValue> root = reader.parse(record.body);
  if (!root) return std::unexpected(root.error());

  Draft draft;
  bool flat_shape = account_.flat && (*root)["type"].text().empty() && (*root)["call_id"].exists();
  if (record.record_kind == "import") {
    draft = draft_import(record.kind, *root, sha256_hex(*host_.crypto, record.body));
  } else if (is_initiation(record.kind)) {
    draft = draft_initiation(*root);
  } else if (record.kind == "flat" || flat_shape) {
    draft = draft_flat(*root);
    draft.wants_reply = account_.answer_call;
  } else {
    draft = draft_envelope(*root);
  }

  Event event;
  bool known = !draft.content.about.empty() && draft.content.about.size() <= kLongestId;
  std::string about = known ? draft.content.about : sha256_hex(*host_.crypto, record.body);
  event.id = draft.origin + ":" + about + (draft.stamp.empty() ? "" : ":" + draft.stamp);
  event.type = std::move(draft.type);
  if (draft.content.subject.size() <= kLongestId) event.subject = std::move(draft.content.subject);
  event.time_ms = draft.content.time_ms.value_or(0);
  event.data = std::move(draft.content.data);
  event.raw = reader.text();
  event.wants_reply = draft.wants_reply;
  return emit(event);
}

}  // namespace hookswitch::plugin::elevenlabs
