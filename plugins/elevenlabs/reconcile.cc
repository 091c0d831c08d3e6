// Was a call placed whose answer never came? Conversations can be listed by user id, which is our action's id unless
// the caller of the API chose another. Then each conversation of that user is fetched and its variables tell.
//
// Cursors: "" the first page of the list, "page:<theirs>" a further one, "get:<id>,<id>...|<theirs>" conversations to
// be fetched one after another, and the page after them.
#include <algorithm>

#include "plugins/elevenlabs/acting.h"
#include "plugins/elevenlabs/provider.h"
#include "plugins/lib/http_answers.h"

namespace hookswitch::plugin::elevenlabs {

namespace {

constexpr int64_t kClockMarginMs = 86'400'000;  // between their clock and ours, which may be wrong or have been set
constexpr int64_t kListedWithinMs = 300'000;    // what they have not listed by then, they have not begun
constexpr size_t kCandidates = 50;              // a page of theirs, so that a cursor can hold them
constexpr std::string_view kPage = "page:", kGet = "get:";

struct Walk {
  std::vector<std::string> ids;  // to be fetched
  std::string page;              // theirs, "" for none
};

std::string written(const Walk& walk) {
  if (walk.ids.empty()) return walk.page.empty() ? "" : std::string(kPage) + walk.page;
  std::string out(kGet);
  for (const std::string& id : walk.ids) out += id + ",";
  out.back() = '|';
  return out + walk.page;
}

Walk read_walk(std::string_view cursor) {
  Walk out;
  if (cursor.starts_with(kPage)) out.page = cursor.substr(kPage.size());
  if (!cursor.starts_with(kGet)) return out;
  cursor.remove_prefix(kGet.size());
  size_t bar = std::min(cursor.find('|'), cursor.size());
  out.page = cursor.substr(std::min(bar + 1, cursor.size()));
  for (std::string_view ids = cursor.substr(0, bar); !ids.empty();) {
    size_t comma = std::min(ids.find(','), ids.size());
    out.ids.emplace_back(ids.substr(0, comma));
    ids.remove_prefix(std::min(comma + 1, ids.size()));
  }
  return out;
}

/// The user's id that the caller chose; "" where ours stands in its place.
std::string foreign_user(const Action& action) {
  thread_local JsonReader reader;
  Outcome<JsonValue> params = reader.parse(action.params);
  return params ? (*params)["user_id"].id() : "";
}

std::string next_page(JsonValue root) {
  return root["has_more"].flag().value_or(false) ? root["next_cursor"].id() : "";
}

Judgement unsure(std::string code, std::string reason, std::string cursor = "") {
  Judgement out = Judgement::of(HOOKSWITCH_UNKNOWN, std::move(code), std::move(reason));
  out.cursor = std::move(cursor);
  return out;
}

/// Everything was looked at and it is not there.
Judgement absent(const Action& action) {
  if (action.now_ms < std::max(action.sent_ms, action.made_ms) + kListedWithinMs) {
    return unsure("not_listed_yet", "it is not among their conversations, which may still be too early");
  }
  return Judgement::of(HOOKSWITCH_RETRY, "not_carried_out", "it is not among their conversations");
}

Judgement matched_list(const Action& action, JsonValue root) {
  bool ours = foreign_user(action).empty();
  Walk walk{.ids = {}, .page = next_page(root)};
  root["conversations"].each_item([&](JsonValue row) {
    std::string id = row["conversation_id"].id();
    if (is_id(id) && walk.ids.size() < kCandidates) walk.ids.push_back(id);
  });
  if (ours && !walk.ids.empty()) return Judgement::done(placed_call(action.id, walk.ids.front()));
  std::string cursor = written(walk);
  return cursor.empty() ? absent(action) : unsure("looking", "their conversations are being looked through", cursor);
}

Judgement matched_conversation(const Action& action, JsonValue conversation) {
  if (action_of(conversation) == action.id) {
    JsonValue phone = conversation["metadata"]["phone_call"];
    return Judgement::done(
        placed_call(action.id, conversation["conversation_id"].id(), phone["call_sid"].id(), phone["call_id"].id()));
  }
  Walk walk = read_walk(action.cursor);
  if (!walk.ids.empty()) walk.ids.erase(walk.ids.begin());
  std::string cursor = written(walk);
  return cursor.empty() ? absent(action) : unsure("looking", "their conversations are being looked through", cursor);
}

Judgement matched_batches(const Action& action, JsonValue root) {
  std::string found, mark = "[" + std::string(action.id) + "]";
  root["batch_calls"].each_item([&](JsonValue batch) {
    std::string_view name = batch["name"].text();
    if (found.empty() && (name == action.id || name.ends_with(mark))) found = placed_batch(batch);
  });
  if (!found.empty()) return Judgement::done(found);
  std::string next = root["has_more"].flag().value_or(false) ? root["next_doc"].id() : "";
  return next.empty() ? absent(action)
                      : unsure("looking", "their batches are being looked through", std::string(kPage) + next);
}

}  // namespace

Outcome<HttpRequest> Provider::reconcile(const Action& action) const {
  Walk walk = read_walk(action.cursor);
  if (!walk.ids.empty() && is_id(walk.ids.front())) {
    return request("GET", "/v1/convai/conversations/" + walk.ids.front());
  }
  if (action.type == "batch_call") {
    std::string path = "/v1/convai/batch-calling/workspace?limit=100";
    add_query(path, "last_doc", walk.page);
    return request("GET", path);
  }
  std::string user = foreign_user(action);
  std::string path = "/v1/convai/conversations?page_size=50";
  add_query(path, "user_id", user.empty() ? action.id : std::string_view(user));
  if (!user.empty()) {  // our own id is of this action alone, whatever the time
    int64_t since_ms = std::min(action.made_ms, action.sent_ms) - kClockMarginMs;
    add_query(path, "call_start_after_unix", std::to_string(std::max<int64_t>(since_ms / 1000, 0)));
  }
  add_query(path, "cursor", walk.page);
  return request("GET", path);
}

Judgement Provider::match(const Action& action, const HttpAnswer& answer) const {
  thread_local JsonReader reader;
  Outcome<JsonValue> root = reader.parse(answer.body);
  bool fetching = !read_walk(action.cursor).ids.empty();
  // A conversation that was deleted since it was listed: go on with the next.
  if (fetching && answer.status == 404) return matched_conversation(action, JsonValue());
  if (!root || answer.status < 200 || answer.status > 299) {
    Judgement seen = by_status(answer, action.now_ms);
    return unsure("look_failed", seen.reason);
  }
  if (fetching) return matched_conversation(action, *root);
  if ((*root)["conversations"].is_array()) return matched_list(action, *root);
  if ((*root)["batch_calls"].is_array()) return matched_batches(action, *root);
  return unsure("look_failed", "found an answer of another shape, expected a list");
}

}  // namespace hookswitch::plugin::elevenlabs
