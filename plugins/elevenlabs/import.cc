#include "plugins/elevenlabs/draft.h"
#include "plugins/lib/times.h"

namespace hookswitch::plugin::elevenlabs {

namespace {

constexpr size_t kHashDigits = 16;

/// A call that never came about has a webhook of its own, which says why: so that one and this row are two events.
bool never_placed(JsonValue conversation) {
  bool spoken = false;
  conversation["transcript"].each_item([&](JsonValue) { spoken = true; });
  return conversation["status"].text() == "failed" && !spoken &&
         conversation["metadata"]["phone_call"]["direction"].text() == "outbound";
}

Draft draft_conversation(JsonValue root, std::string_view body_hash) {
  std::string_view status = root["status"].text();
  Draft draft{.type = "conversation.ended", .origin = "post_call_transcription", .stamp = "", .content = {}};
  draft.content = normalize_conversation(root);
  if (never_placed(root)) {
    draft.type = "call.failed";
    draft.origin = "import";
    draft.stamp = "failed";
  } else if (status != "done" && status != "failed") {
    // Still going on, or being worked on: the same again is news only if it says something else.
    draft.type = "import.conversation";
    draft.origin = "import";
    draft.stamp = body_hash;
    draft.content.time_ms = unix_ms(root["metadata"]["start_time_unix_secs"].number());
  }
  return draft;
}

Draft draft_agent(JsonValue root, std::string_view body_hash) {
  JsonWriter out;
  out.open_object();
  out.text("agent_id", root["agent_id"].id());
  out.text("agent_name", root["name"].text());
  out.close_object();
  std::string id = root["agent_id"].id();
  return {.type = "elevenlabs.agent",
          .origin = "agent",
          .stamp = std::string(body_hash),
          .content = {.data = out.take(), .about = id, .subject = id, .time_ms = std::nullopt}};
}

Draft draft_phone_number(JsonValue root, std::string_view body_hash) {
  JsonWriter out;
  out.open_object();
  out.text("phone_number_id", root["phone_number_id"].id());
  out.text("number", root["phone_number"].id());
  out.text("label", root["label"].text());
  out.text("agent_id", root["assigned_agent"]["agent_id"].id());
  out.close_object();
  std::string id = root["phone_number_id"].id();
  return {.type = "elevenlabs.phone_number",
          .origin = "phone_number",
          .stamp = std::string(body_hash),
          .content = {.data = out.take(), .about = id, .subject = id, .time_ms = std::nullopt}};
}

}  // namespace

Draft draft_import(std::string_view resource, JsonValue root, std::string_view body_hash) {
  body_hash = body_hash.substr(0, kHashDigits);
  if (resource == "agents") return draft_agent(root, body_hash);
  if (resource == "phone_numbers") return draft_phone_number(root, body_hash);
  return draft_conversation(root, body_hash);
}

}  // namespace hookswitch::plugin::elevenlabs
