// What the answer to a request that places calls means.
#include "plugins/elevenlabs/acting.h"
#include "plugins/elevenlabs/provider.h"
#include "plugins/lib/http_answers.h"
#include "plugins/lib/json_write.h"

namespace hookswitch::plugin::elevenlabs {

namespace {

// After these words with 429, where no header says how long.
struct Patience {
  std::string_view code;
  int64_t wait_ms;
};
constexpr std::array<Patience, 4> kPatience = {{{"concurrent_limit_exceeded", 15'000},
                                                {"too_many_concurrent_requests", 15'000},
                                                {"system_busy", 3'000},
                                                {"rate_limit_exceeded", 5'000}}};

struct Words {
  std::string code, message;
};

/// "to_number: Field required", of their validator's first complaint.
std::string complaint(JsonValue detail) {
  std::string out;
  detail.each_item([&](JsonValue each) {
    if (!out.empty()) return;
    each["loc"].each_item([&](JsonValue part) {
      if (part.id() == "body" && out.empty()) return;
      out += (out.empty() ? "" : ".") + part.id();
    });
    out += ": " + std::string(each["msg"].text());
  });
  return out;
}

/// `detail` has been an object, a list and a text over the years.
Words words_of(JsonValue root) {
  JsonValue detail = root["detail"];
  if (detail.is_array()) return {"invalid_parameters", complaint(detail)};
  if (detail.is_text()) return {"", std::string(detail.text())};
  std::string code = detail["code"].id();
  return {code.empty() ? detail["status"].id() : code, std::string(detail["message"].text())};
}

Judgement refused(const HttpAnswer& answer, JsonValue root, int64_t now_ms) {
  Judgement out = by_status(answer, now_ms);
  Words words = words_of(root);
  if (!words.code.empty()) out.code = label(words.code);
  if (!words.message.empty()) out.reason = sentence(words.message);
  for (const Patience& each : kPatience) {
    if (out.kind == HOOKSWITCH_RETRY && out.retry_after_ms == 0 && each.code == out.code) {
      out.retry_after_ms = each.wait_ms;
    }
  }
  return out;
}

/// Their 200 may say that it did not work.
Judgement called(const Action& action, const HttpAnswer& answer, JsonValue root) {
  std::optional<bool> success = root["success"].flag();
  if (!success) return by_status(answer, action.now_ms);
  if (!*success) {
    return Judgement::of(HOOKSWITCH_FAILED, "not_placed", sentence(root["message"].text()));
  }
  return Judgement::done(
      placed_call(action.id, root["conversation_id"].id(), root["callSid"].id(), root["sip_call_id"].id()));
}

}  // namespace

std::string placed_call(std::string_view action, std::string_view conversation_id, std::string_view call_sid,
                        std::string_view sip_call_id) {
  JsonWriter out;
  out.open_object();
  out.open_object("external_ids");
  out.text("action", action);
  out.text("conversation_id", conversation_id);
  out.text("call_sid", call_sid);
  out.text("sip_call_id", sip_call_id);
  out.close_object();
  out.close_object();
  return out.take();
}

std::string placed_batch(JsonValue batch) {
  JsonWriter out;
  out.open_object();
  out.text("batch_call_id", batch["id"].id());
  out.text("status", batch["status"].text());
  out.integer("scheduled", batch["total_calls_scheduled"].integer());
  out.close_object();
  return out.take();
}

Judgement Provider::parse_action(const Action& action, const HttpAnswer& answer) const {
  thread_local JsonReader reader;
  Outcome<JsonValue> root = reader.parse(answer.body);
  bool fine = answer.status >= 200 && answer.status < 300;
  if (!root || !root->is_object()) return by_status(answer, action.now_ms);
  if (!fine) return refused(answer, *root, action.now_ms);
  if (action.type != "batch_call") return called(action, answer, *root);
  return (*root)["id"].id().empty() ? by_status(answer, action.now_ms) : Judgement::done(placed_batch(*root));
}

}  // namespace hookswitch::plugin::elevenlabs
