// What the answer to an action means.
#include "plugins/lib/http_answers.h"
#include "plugins/lib/json_read.h"
#include "plugins/lib/json_write.h"
#include "plugins/twilio/acting.h"
#include "plugins/twilio/provider.h"

namespace hookswitch::plugin::twilio {

namespace {

constexpr int64_t kNotInProgress = 21220;

/// Their numbers that are worth a word; the others keep the number.
struct Known {
  int64_t number;
  std::string_view code;
};
constexpr std::array<Known, 9> kKnown = {{{20003, "not_authorized"},
                                          {20429, "rate_limited"},
                                          {21211, "invalid_number"},
                                          {21214, "invalid_number"},
                                          {21217, "invalid_number"},
                                          {21614, "invalid_number"},
                                          {21215, "country_not_allowed"},
                                          {21610, "unsubscribed"},
                                          {kNotInProgress, "not_in_progress"}}};

std::string code_of(int64_t number) {
  for (const Known& each : kKnown) {
    if (each.number == number) return std::string(each.code);
  }
  return "twilio_" + std::to_string(number);
}

/// Errors below 21000 are the account's; above, 403 is about this number or country alone.
bool about_account(int64_t number) { return number < 21000; }

/// {code, message}, or as RFC 9457 {code, title, detail}.
Judgement refused(const HttpAnswer& answer, JsonValue root, int64_t now_ms) {
  Judgement out = by_status(answer, now_ms);
  int64_t number = root["code"].integer().value_or(0);
  if (number > 0) out.code = code_of(number);
  for (std::string_view words : {"message", "detail", "title"}) {
    if (!root[words].text().empty()) {
      out.reason = sentence(root[words].text());
      break;
    }
  }
  if (answer.status == 403 && !about_account(number)) out.kind = HOOKSWITCH_FAILED;
  return out;
}

/// What the action wanted is so already.
bool is_so_already(const Action& action, const HttpAnswer& answer, JsonValue root) {
  if (action.type == "delete_recording") return answer.status == 404;
  return action.type == "end_call" && root["code"].integer() == kNotInProgress;
}

}  // namespace

std::string carried_out(const Action& action, JsonValue made) {
  bool call = action.type == "call" || action.type == "end_call" || action.type == "redirect";
  JsonWriter out;
  out.open_object();
  out.open_object("external_ids");
  if (action.type == "call" || action.type == "sms") out.text("action", action.id);
  out.text(call ? "call_sid" : "message_sid", made["sid"].id());
  out.close_object();
  out.text("status", made["status"].text());
  out.close_object();
  return out.take();
}

Judgement Provider::parse_action(const Action& action, const HttpAnswer& answer) const {
  thread_local JsonReader reader;
  bool fine = answer.status >= 200 && answer.status < 300;
  if (fine && action.type == "delete_recording") return Judgement::done("{}");
  Outcome<JsonValue> root = reader.parse(answer.body);
  JsonValue body = root ? *root : JsonValue();
  if (is_so_already(action, answer, body)) return Judgement::done("{}");
  if (!fine) return refused(answer, body, action.now_ms);
  return is_id(body["sid"].id()) ? Judgement::done(carried_out(action, body)) : by_status(answer, action.now_ms);
}

}  // namespace hookswitch::plugin::twilio
