// Was a call placed, or a message sent, whose answer never came? Their lists do not show the addresses that carry our
// action's id. So a list can prove that nothing was done: nothing of this kind, to this number, since then. When it
// shows something, nobody can tell whose it is, and it stays unknown: as a rule the first status callback, which does
// carry the id, has told meanwhile; else a person decides. The same goes for a row that does not say what it is, and a
// list that does not say whether it ends. Numbers are listed in E.164, so a list proves nothing of one that was asked
// for in another way. Lists are sorted by time, newest first, and they are asked without their filter by time, which
// leaves out what has not begun to ring. The caller's number and a message's text decide nothing: they are listed as
// Twilio rewrote them (E.164, smart encoding, a trial account's prefix).
#include <algorithm>

#include "plugins/lib/http_answers.h"
#include "plugins/lib/json_read.h"
#include "plugins/lib/times.h"
#include "plugins/twilio/acting.h"
#include "plugins/twilio/provider.h"

namespace hookswitch::plugin::twilio {

namespace {

constexpr int64_t kClockMarginMs = 3'600'000;  // between their clock and ours, which may be wrong or have been set
constexpr int64_t kListedWithinMs = 300'000;   // their lists may lag behind

Judgement unsure(std::string code, std::string reason, std::string cursor = "") {
  Judgement out = Judgement::of(HOOKSWITCH_UNKNOWN, std::move(code), std::move(reason));
  out.cursor = std::move(cursor);
  return out;
}

bool is_e164(const std::string& number) {
  return number.starts_with('+') && number.find_first_not_of("0123456789", 1) == std::string::npos;
}

struct Seen {
  int alike = 0;       // that may be ours
  bool older = false;  // the list has come to what was there before
};

/// Also of what should say so and does not.
bool is_perhaps(JsonValue found, std::string_view ours) { return found.id().empty() || found.id() == ours; }

Seen look_at(const Action& action, JsonValue rows, JsonValue params) {
  Seen out;
  int64_t since_ms = std::min(action.made_ms, action.sent_ms) - kClockMarginMs;
  rows.each_item([&](JsonValue row) {
    auto created = rfc2822_ms(row["date_created"].text());
    out.older |= created && *created < since_ms;
    bool then = !created || *created >= since_ms;
    bool ours = is_perhaps(row["direction"], "outbound-api") && is_perhaps(row["to"], params["to"].id());
    out.alike += then && ours;
  });
  return out;
}

}  // namespace

Outcome<HttpRequest> Provider::reconcile(const Action& action) const {
  bool call = action.type == "call";
  if (!call && action.type != "sms") {
    return std::unexpected("look for " + std::string(action.type) + ": found no list that would show it");
  }
  if (!action.cursor.empty()) return request(action.cursor);
  thread_local JsonReader reader;
  Outcome<JsonValue> params = reader.parse(action.params);
  if (!params) return std::unexpected(params.error());
  std::string path = call ? "/Calls.json" : "/Messages.json";
  add_query(path, "To", (*params)["to"].id());
  add_query(path, "PageSize", "100");
  return request(path);
}

Judgement Provider::match(const Action& action, const HttpAnswer& answer) const {
  thread_local JsonReader reader, params_reader;
  Outcome<JsonValue> root = reader.parse(answer.body);
  Outcome<JsonValue> params = params_reader.parse(action.params);
  JsonValue rows = root ? (*root)[action.type == "sms" ? "messages" : "calls"] : JsonValue();
  if (answer.status < 200 || answer.status > 299 || !rows.is_array() || !params) {
    return unsure("look_failed", by_status(answer, action.now_ms).reason + ", expected a list");
  }
  if (!is_e164((*params)["to"].id())) {
    return unsure("not_e164", "its number is not E.164, so their list may name it in another way");
  }
  Seen seen = look_at(action, rows, *params);
  if (seen.alike > 0) {
    return unsure("ambiguous", "found " + std::to_string(seen.alike) +
                                   " to this number since then, and their list does not say who asked for it");
  }
  // Before the pages: when the last is read, the first must not have been read too early.
  if (action.now_ms < std::max(action.sent_ms, action.made_ms) + kListedWithinMs) {
    return unsure("not_listed_yet", "it is not in their list, which may still be too early");
  }
  Outcome<std::string> next = next_page(*root, account_.sid);
  if (!next) return unsure("look_failed", next.error());
  if (!next->empty() && !seen.older) return unsure("looking", "their list is being looked through", *next);
  if (!seen.older && (*root)["next_page_uri"].element() == nullptr) {
    return unsure("look_failed", "go to the next page: found no next_page_uri, expected one or null");
  }
  return Judgement::of(HOOKSWITCH_RETRY, "not_carried_out", "it is not in their list");
}

}  // namespace hookswitch::plugin::twilio
