// The outbox: outbound requests that rules, tasks or people asked for, with what became of each.
//
// An action is made, claimed and ended only by records of the log, so its row can be made again from them:
//   made     by an effect or a command, with an id that depends on nothing but what asked for it
//   claimed  by a `result` record "claim": somebody means to send attempt n now; the processor grants it or not
//   ended    by a `result` record "answer" with what the provider said, "lost" when nobody knows, "looked" after
//            reconciling; or by any event that names the action
//
// Table actions:
//   'a' id                                     -> the row, JSON
//   'd' key text (lane) i64 (ordered: -priority) i64 (ordered: next attempt's ms) id
//                                              -> "" for every row that waits: waiting, unknown (the next look)
//   's' id                                     -> "" for every row of whose attempt neither answer nor loss is read
//   'c' id                                     -> "" for every id that was claimed when it had no row
//   'm' u64 (ordered: the record that made it) u16 n -> id: the order in which they were made, for lists; those that
//                                                 are forgotten are not in it
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/json.h"
#include "engine/state/json_rows.h"
#include "engine/state/store.h"

namespace hookswitch {

/// waiting -> sending -> done | failed | unknown; unknown -> done | waiting | held; a person may retry or cancel what
/// is held or failed. `refused`: the engine itself would not (do-not-call, window, number), the reason says why.
enum class ActionStatus : uint8_t { waiting, sending, unknown, held, done, failed, refused, canceled };
const char* name(ActionStatus status);
std::optional<ActionStatus> parse_action_status(std::string_view text);
/// Nothing will be sent any more unless a person asks.
constexpr bool is_final(ActionStatus status) { return status >= ActionStatus::held; }

struct Action {
  std::string id;  // "axn_" and 24 hex digits
  uint64_t made_seq = 0;
  uint16_t made_n = 0;  // among those its record made
  std::string source;
  std::string type;  // "call", "sms", "end_call", or the provider's own
  Json params = Json::object();
  std::string tenant;
  std::string call;  // the call it is about or makes; "" when none
  std::string task;  // the task it is an attempt of; "" when none
  std::string rule;  // who asked: a rule's name, or "command"
  int priority = 0;  // higher first among those that are due
  ActionStatus status = ActionStatus::waiting;
  int attempt = 0;        // claimed so far
  int looks = 0;          // how often the provider was asked about an unknown attempt, to no avail
  int pages = 0;          // of the look under way
  std::string cursor;     // where it goes on
  bool harmless = false;   // the attempt may be repeated whatever became of it
  bool overtaken = false;  // done by the provider's report, and the answer is still to come
  int max_attempts = 5;
  int64_t made_ms = 0;
  int64_t next_ms = 0;     // waiting: not before; unknown: when to look
  int64_t sent_ms = 0;     // the last claim
  int64_t put_off_ms = 0;  // how long it waited because the provider put it off, in all
  int64_t ended_ms = 0;
  std::string code, reason;  // of the last outcome that was not success
  Json result;               // what the provider said it made

  Json to_json() const;  // as GET /actions shows it
  static Action from_json(const Json& row);
};

/// The id of what `about` asks for: "axn_" and 24 hex digits.
std::string action_id_of(std::string_view about);

/// Writes the row and moves its index rows.
void put_action(Writer& writer, const Action& action);
std::optional<Action> find_action(const Reader& reader, std::string_view id);
/// Those that this record made, in that order, without those that are forgotten.
std::vector<Action> actions_made_by(const Reader& reader, uint64_t seq);
/// Without a trace, but for the line it may hold. Whether it was there.
bool remove_action(Writer& writer, std::string_view id);

/// What it said and what came of it go, and lists do not show it any more. Its id and status stay, so that nothing is
/// sent twice. Only of one that is over; nobody can retry it then.
void forget_action(Writer& writer, Action action);
bool is_forgotten(const Action& action);
struct OldActions {
  std::vector<Action> over;  // nothing is sent of them any more, and none is held for a person
  std::string next;          // where to look on; "" when all were looked at
};
/// Looks at `limit` of those that were made before `before_ms` and are not forgotten, the first first: from `from` on,
/// "": from the first.
OldActions old_actions(const Reader& reader, int64_t before_ms, const std::string& from, size_t limit);

/// What waits for one receiver with one priority: what holds one receiver up holds up no other.
struct ActionLane {
  std::string receiver;  // a source, or ":" and a sink
  int64_t priority = 0;
  int64_t next_ms = 0;  // of the first that waits there
};
/// Whom an action goes to: its source, or the sink of an "emit".
std::string receiver_of(const Action& action);
/// Every lane with something in it; of a receiver the highest priority first.
std::vector<ActionLane> action_lanes(const Reader& reader);
/// Ids of those in the lane that are due at `now_ms`, earliest first, at most `limit`.
std::vector<std::string> due_actions(const Reader& reader, const ActionLane& lane, int64_t now_ms, size_t limit);
/// When the first in the lane is due that is not due at `now_ms`.
std::optional<int64_t> next_action_ms(const Reader& reader, const ActionLane& lane, int64_t now_ms);
/// Ids of those that were claimed and of which neither an answer nor its loss is read.
std::vector<std::string> sending_actions(const Reader& reader);

/// An attempt of it was claimed, and it has no row. A state that is made anew by other rules may not have it yet: what
/// asked for it is a dead letter there, which is done again later.
void note_claimed(Writer& writer, std::string_view id);
bool was_claimed(const Reader& reader, std::string_view id);

struct ActionFilter {
  std::string status, type, source, tenant, task, call;  // "" for any
};
/// Newest first.
Result<JsonPage> action_page(const Reader& reader, const ActionFilter& filter, std::string_view cursor, size_t limit);

}  // namespace hookswitch
