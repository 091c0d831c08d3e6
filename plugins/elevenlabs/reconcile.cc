// Was a call placed whose answer never came? Conversations can be listed by user id, which is our action's id unless
// the caller of the API chose another. Then each conversation of that user is fetched and its variables tell: ours
// names our action, and most others name theirs.
//
// One that names none may be ours: its variables cannot be read once it is deleted, nor for a while after it began. It
// is another's only if it has what a call of ours cannot have: it came in, went to another number, is of a batch or of
// another agent, or is no telephone call. (The list, which begins a day before the action, has no older ones.) Every
// other keeps it open, because what is taken for absent rings again: a later look, a webhook or in the end a person
// decides. So do rows that cannot be read, and a list that was read before they must have listed the call.
//
// Cursors: "" the first page of the list, "page:<theirs>" a further one, "get:<id>,<id>...|<theirs>" conversations to
// be fetched one after another, and the page after them. "?" before it: what was seen so far leaves it open.
#include <algorithm>
#include <iterator>

#include "plugins/elevenlabs/acting.h"
#include "plugins/elevenlabs/provider.h"
#include "plugins/lib/http_answers.h"

namespace hookswitch::plugin::elevenlabs {

namespace {

constexpr int64_t kClockMarginMs = 86'400'000;  // between their clock and ours, which may be wrong or have been set
constexpr int64_t kListedWithinMs = 300'000;    // what they have not listed by then, they have not begun
constexpr size_t kCandidates = 50;              // a page of theirs, so that a cursor can hold them
constexpr size_t kTellingDigits = 7;            // of a number: before them it is written in more than one way
constexpr std::string_view kPage = "page:", kGet = "get:", kOpen = "?";

struct Walk {
  std::vector<std::string> ids;  // to be fetched
  std::string page;              // theirs, "" for none
  bool open = false;             // something that was seen, or was not, may be it

  bool over() const { return ids.empty() && page.empty(); }
};

std::string written(const Walk& walk) {
  std::string out(walk.open ? kOpen : "");
  if (walk.ids.empty()) return out + std::string(kPage) + walk.page;
  out += kGet;
  for (const std::string& id : walk.ids) out += id + ",";
  out.back() = '|';
  return out + walk.page;
}

Walk read_walk(std::string_view cursor) {
  Walk out;
  out.open = cursor.starts_with(kOpen);
  if (out.open) cursor.remove_prefix(kOpen.size());
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

/// What the action asked for.
struct Asked {
  std::string user;  // "" where our id stands in its place
  std::string to, agent;
};

Asked asked_by(const Action& action, const Account& account) {
  thread_local JsonReader reader;
  Outcome<JsonValue> params = reader.parse(action.params);
  if (!params) return {};
  Asked out{.user = (*params)["user_id"].id(), .to = (*params)["to"].id(), .agent = (*params)["agent_id"].id()};
  if (out.agent.empty()) out.agent = account.agent_id;
  return out;
}

/// "" for what is too short, or not only digits and what parts them.
std::string last_digits(std::string_view number) {
  if (number.find_first_not_of("+0123456789 ()-.") != std::string_view::npos) return "";
  std::string digits;
  std::ranges::copy_if(number, std::back_inserter(digits), [](char c) { return c >= '0' && c <= '9'; });
  return digits.size() < kTellingDigits ? "" : digits.substr(digits.size() - kTellingDigits);
}

bool is_other_number(std::string_view one, std::string_view other) {
  std::string a = last_digits(one), b = last_digits(other);
  return !a.empty() && !b.empty() && a != b;
}

/// An id of another form may be another name of the same agent.
bool is_other_agent(std::string_view one, std::string_view other) {
  return one.starts_with("agent_") && other.starts_with("agent_") && one != other;
}

/// That names no action of ours: is there proof that it is not the call that was asked for?
bool is_anothers(JsonValue conversation, const Asked& asked) {
  JsonValue metadata = conversation["metadata"], phone = metadata["phone_call"];
  JsonValue variables = conversation["conversation_initiation_client_data"]["dynamic_variables"];
  return is_no_call_out(phone["direction"].text(), metadata["conversation_initiation_source"].text()) ||
         variables[kBatchVariable].exists() || metadata["batch_call"].is_object() ||
         is_other_number(phone["external_number"].id(), asked.to) ||
         is_other_agent(conversation["agent_id"].id(), asked.agent);
}

Judgement unsure(std::string code, std::string reason, std::string cursor = "") {
  Judgement out = Judgement::of(HOOKSWITCH_UNKNOWN, std::move(code), std::move(reason));
  out.cursor = std::move(cursor);
  return out;
}

bool is_early(const Action& action) {
  return action.now_ms < std::max(action.sent_ms, action.made_ms) + kListedWithinMs;
}

/// Where to look next; where everything was looked at, what that says of an action that was not found.
Judgement onward(const Action& action, const Walk& walk) {
  if (!walk.over()) return unsure("looking", "their list is being looked through", written(walk));
  if (is_early(action)) return unsure("not_listed_yet", "it is not in their list, which may still be too early");
  if (walk.open) return unsure("ambiguous", "it is not in their list, but what is there does not all say whose it is");
  return Judgement::of(HOOKSWITCH_RETRY, "not_carried_out", "it is not in their list");
}

/// Each row is to be fetched, is another's, or leaves it open.
void take_candidates(Walk& walk, JsonValue rows, bool ours) {
  rows.each_item([&](JsonValue row) {
    if (!ours && is_no_call_out(row["direction"].text(), row["conversation_initiation_source"].text())) return;
    std::string id = row["conversation_id"].id();
    bool taken = is_id(id) && walk.ids.size() < kCandidates;
    if (taken) walk.ids.push_back(id);
    walk.open |= !taken;
  });
}

Judgement matched_list(const Action& action, JsonValue root, const Asked& asked) {
  Outcome<std::string> next = next_page(root, "next_cursor");
  bool ours = asked.user.empty();
  Walk walk{.ids = {}, .page = next.value_or(""), .open = read_walk(action.cursor).open || is_early(action)};
  take_candidates(walk, root["conversations"], ours);
  if (ours && !walk.ids.empty()) return Judgement::done(placed_call(action.id, walk.ids.front()));
  if (!next) return unsure("look_failed", next.error());
  return onward(action, walk);
}

Judgement matched_conversation(const Action& action, JsonValue conversation, const Asked& asked) {
  std::string named = action_of(conversation);
  if (named == action.id) {
    JsonValue phone = conversation["metadata"]["phone_call"];
    return Judgement::done(
        placed_call(action.id, conversation["conversation_id"].id(), phone["call_sid"].id(), phone["call_id"].id()));
  }
  Walk walk = read_walk(action.cursor);
  if (!walk.ids.empty()) walk.ids.erase(walk.ids.begin());
  walk.open |= !is_id(named) && !is_anothers(conversation, asked);
  return onward(action, walk);
}

/// Ours all have a name that tells.
Judgement matched_batches(const Action& action, JsonValue root) {
  std::string found, mark = "[" + std::string(action.id) + "]";
  Walk walk{.ids = {}, .page = "", .open = read_walk(action.cursor).open || is_early(action)};
  root["batch_calls"].each_item([&](JsonValue batch) {
    std::string_view name = batch["name"].text();
    if (found.empty() && (name == action.id || name.ends_with(mark))) found = placed_batch(batch);
    walk.open |= !batch["name"].is_text();
  });
  if (!found.empty()) return Judgement::done(found);
  Outcome<std::string> next = next_page(root, "next_doc");
  if (!next) return unsure("look_failed", next.error());
  walk.page = *next;
  return onward(action, walk);
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
  std::string user = asked_by(action, account_).user;
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
  Asked asked = asked_by(action, account_);
  // Deleted since it was listed, or not there to be read yet. A further one may be it and say so.
  if (fetching && answer.status == 404) return matched_conversation(action, JsonValue(), asked);
  if (!root || answer.status < 200 || answer.status > 299) {
    Judgement seen = by_status(answer, action.now_ms);
    return unsure("look_failed", seen.reason);
  }
  if (fetching) return matched_conversation(action, *root, asked);
  if ((*root)["conversations"].is_array()) return matched_list(action, *root, asked);
  if ((*root)["batch_calls"].is_array()) return matched_batches(action, *root);
  return unsure("look_failed", "found an answer of another shape, expected a list");
}

}  // namespace hookswitch::plugin::elevenlabs
