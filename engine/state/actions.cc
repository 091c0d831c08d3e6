#include "engine/state/actions.h"

#include <algorithm>
#include <array>

#include "engine/base/bytes.h"
#include "engine/base/time_text.h"
#include "engine/state/keys.h"

namespace hookswitch {
namespace {

constexpr std::array kActionStatuses{"waiting", "sending", "unknown", "held", "done", "failed", "refused", "canceled"};
constexpr size_t kNumberBytes = 8;
constexpr const char* kForgotten = "forgotten";  // the code of one

std::string action_key(std::string_view id) { return "a" + bounded_key(id); }
std::string sending_key(std::string_view id) { return "s" + bounded_key(id); }
std::string claimed_key(std::string_view id) { return "c" + bounded_key(id); }

std::string lane_prefix(std::string_view receiver, int64_t priority) {
  std::string key = "d";
  put_key_text(key, receiver);
  put_ordered_i64(key, -priority);
  return key;
}

std::string due_key(const Action& action) {
  std::string key = lane_prefix(receiver_of(action), action.priority);
  put_ordered_i64(key, action.next_ms);
  return key + bounded_key(action.id);
}

// The lane a due key belongs to; nullopt when it is none.
std::optional<ActionLane> lane_of(std::string_view key) {
  if (!key.starts_with('d')) return std::nullopt;
  size_t text = key_text_size(key.substr(1));
  if (text == 0 || key.size() < 1 + text + 2 * kNumberBytes) return std::nullopt;
  const char* numbers = key.data() + 1 + text;
  return ActionLane{std::string(key.substr(2, text - 1)), -get_ordered_i64(numbers),
                    get_ordered_i64(numbers + kNumberBytes)};
}

std::string made_key(const Action& action) {
  std::string key = "m";
  put_be64(key, action.made_seq);
  key += static_cast<char>(action.made_n >> 8);
  key += static_cast<char>(action.made_n & 0xff);
  return key;
}

bool waits(const Action& action) {
  return action.status == ActionStatus::waiting || action.status == ActionStatus::unknown;
}

bool awaits_answer(const Action& action) { return action.status == ActionStatus::sending || action.overtaken; }

template <class T>
T number_of(const Json& row, const char* name, T otherwise) {
  auto found = row.find(name);
  return found != row.end() && found->is_number_integer() ? found->get<T>() : otherwise;
}

bool wanted(const ActionFilter& filter, const Json& row) {
  auto is = [&](const std::string& value, const char* name) { return value.empty() || json_text(row, name) == value; };
  return is(filter.status, "status") && is(filter.type, "type") && is(filter.source, "source") &&
         is(filter.tenant, "tenant") && is(filter.task, "task_id") && is(filter.call, "call_id");
}

}  // namespace

const char* name(ActionStatus status) { return kActionStatuses[static_cast<size_t>(status)]; }

std::optional<ActionStatus> parse_action_status(std::string_view text) {
  auto found = std::ranges::find(kActionStatuses, text);
  if (found == kActionStatuses.end()) return std::nullopt;
  return static_cast<ActionStatus>(found - kActionStatuses.begin());
}

Json Action::to_json() const {
  Json row{{"id", id},
           {"made_seq", made_seq},
           {"made_n", made_n},
           {"source", text_or_null(source)},
           {"type", type},
           {"params", params},
           {"tenant", text_or_null(tenant)},
           {"call_id", text_or_null(call)},
           {"task_id", text_or_null(task)},
           {"rule", text_or_null(rule)},
           {"priority", priority},
           {"status", name(status)},
           {"attempt", attempt},
           {"looks", looks},
           {"pages", pages},
           {"cursor", text_or_null(cursor)},
           {"harmless", harmless},
           {"max_attempts", max_attempts},
           {"created_at", rfc3339(made_ms)},
           {"next_attempt_at", waits(*this) ? Json(rfc3339(next_ms)) : Json()},
           {"sent_at", time_or_null(sent_ms)},
           {"ended_at", time_or_null(ended_ms)},
           {"code", text_or_null(code)},
           {"reason", text_or_null(reason)},
           {"result", result}};
  if (overtaken) row["overtaken"] = true;
  if (put_off_ms > 0) row["put_off_ms"] = put_off_ms;
  return row;
}

Action Action::from_json(const Json& row) {
  Action action;
  action.id = json_text(row, "id");
  action.made_seq = number_of<uint64_t>(row, "made_seq", 0);
  action.made_n = number_of<uint16_t>(row, "made_n", 0);
  action.source = json_text(row, "source");
  action.type = json_text(row, "type");
  action.params = row.value("params", Json::object());
  action.tenant = json_text(row, "tenant");
  action.call = json_text(row, "call_id");
  action.task = json_text(row, "task_id");
  action.rule = json_text(row, "rule");
  action.priority = number_of(row, "priority", 0);
  action.status = parse_action_status(json_text(row, "status")).value_or(ActionStatus::held);
  action.attempt = number_of(row, "attempt", 0);
  action.looks = number_of(row, "looks", 0);
  action.pages = number_of(row, "pages", 0);
  action.cursor = json_text(row, "cursor");
  action.harmless = row.value("harmless", false);
  action.overtaken = row.value("overtaken", false);
  action.max_attempts = number_of(row, "max_attempts", action.max_attempts);
  action.made_ms = time_of(row, "created_at");
  action.next_ms = time_of(row, "next_attempt_at");
  action.sent_ms = time_of(row, "sent_at");
  action.put_off_ms = number_of<int64_t>(row, "put_off_ms", 0);
  action.ended_ms = time_of(row, "ended_at");
  action.code = json_text(row, "code");
  action.reason = json_text(row, "reason");
  action.result = row.value("result", Json());
  return action;
}

void put_action(Writer& writer, const Action& action) {
  auto before = find_action(writer, action.id);
  if (before && waits(*before) && (!waits(action) || due_key(*before) != due_key(action))) {
    writer.del(Table::actions, due_key(*before));
  }
  if (before && awaits_answer(*before) && !awaits_answer(action)) writer.del(Table::actions, sending_key(action.id));
  put_json(writer, Table::actions, action_key(action.id), action.to_json());
  if (!before) writer.put(Table::actions, made_key(action), action.id);
  if (waits(action)) writer.put(Table::actions, due_key(action), {});
  if (awaits_answer(action)) writer.put(Table::actions, sending_key(action.id), {});
}

std::optional<Action> find_action(const Reader& reader, std::string_view id) {
  auto row = get_json(reader, Table::actions, action_key(id));
  if (!row) return std::nullopt;
  return Action::from_json(*row);
}

std::vector<Action> actions_made_by(const Reader& reader, uint64_t seq) {
  std::vector<Action> out;
  std::string prefix = "m";
  put_be64(prefix, seq);
  reader.scan_prefix(Table::actions, prefix, [&](std::string_view, std::string_view id) {
    if (auto action = find_action(reader, id)) out.push_back(std::move(*action));
    return true;
  });
  return out;
}

bool remove_action(Writer& writer, std::string_view id) {
  auto action = find_action(writer, id);
  if (!action) return false;
  if (waits(*action)) writer.del(Table::actions, due_key(*action));
  if (awaits_answer(*action)) writer.del(Table::actions, sending_key(action->id));
  writer.del(Table::actions, made_key(*action));
  return writer.del(Table::actions, action_key(action->id));
}

void forget_action(Writer& writer, Action action) {
  writer.del(Table::actions, made_key(action));
  action.params = Json::object();
  action.result = nullptr;
  action.cursor.clear();
  action.overtaken = false;
  action.code = kForgotten;
  action.reason.clear();
  put_action(writer, action);
}

bool is_forgotten(const Action& action) {
  return is_final(action.status) && action.params.empty() && action.code == kForgotten;
}

OldActions old_actions(const Reader& reader, int64_t before_ms, const std::string& from, size_t limit) {
  OldActions out;
  size_t looked = 0;
  reader.scan(Table::actions, from.empty() ? "m" : from, Direction::forward,
              [&](std::string_view key, std::string_view id) {
                if (!key.starts_with('m')) return false;
                auto action = find_action(reader, id);
                if (action && action->made_ms >= before_ms) return false;
                if (looked++ == limit) {
                  out.next = key;
                  return false;
                }
                if (action && is_final(action->status) && action->status != ActionStatus::held)
                  out.over.push_back(std::move(*action));
                return true;
              });
  return out;
}

std::string receiver_of(const Action& action) {
  return action.type == "emit" ? ":" + json_text(action.params, "sink") : action.source;
}

std::vector<ActionLane> action_lanes(const Reader& reader) {
  std::vector<ActionLane> lanes;
  std::string from = "d";
  for (bool found = true; found;) {
    found = false;
    reader.scan(Table::actions, from, Direction::forward, [&](std::string_view key, std::string_view) {
      auto lane = lane_of(key);
      if (!lane) return false;
      from = lane_prefix(lane->receiver, lane->priority) + std::string(kNumberBytes, '\xff');  // beyond every time
      lanes.push_back(std::move(*lane));
      found = true;
      return false;
    });
  }
  return lanes;
}

std::vector<std::string> due_actions(const Reader& reader, const ActionLane& lane, int64_t now_ms, size_t limit) {
  std::vector<std::string> due;
  std::string prefix = lane_prefix(lane.receiver, lane.priority);
  reader.scan_prefix(Table::actions, prefix, [&](std::string_view key, std::string_view) {
    key.remove_prefix(prefix.size());
    if (due.size() == limit || key.size() < kNumberBytes || get_ordered_i64(key.data()) > now_ms) return false;
    due.emplace_back(key.substr(kNumberBytes));
    return true;
  });
  return due;
}

std::optional<int64_t> next_action_ms(const Reader& reader, const ActionLane& lane, int64_t now_ms) {
  std::optional<int64_t> next;
  std::string prefix = lane_prefix(lane.receiver, lane.priority);
  std::string from = prefix;
  put_ordered_i64(from, now_ms + 1);
  reader.scan(Table::actions, from, Direction::forward, [&](std::string_view key, std::string_view) {
    if (key.starts_with(prefix) && key.size() >= prefix.size() + kNumberBytes)
      next = get_ordered_i64(key.data() + prefix.size());
    return false;
  });
  return next;
}

std::vector<std::string> sending_actions(const Reader& reader) {
  std::vector<std::string> out;
  reader.scan_prefix(Table::actions, "s", [&](std::string_view key, std::string_view) {
    out.emplace_back(key.substr(1));
    return true;
  });
  return out;
}

void note_claimed(Writer& writer, std::string_view id) { writer.put(Table::actions, claimed_key(id), {}); }

bool was_claimed(const Reader& reader, std::string_view id) {
  return reader.get(Table::actions, claimed_key(id)).has_value();
}

Result<JsonPage> action_page(const Reader& reader, const ActionFilter& filter, std::string_view cursor, size_t limit) {
  JsonListing listing{Table::actions, "m", Direction::backward, "actions", {}};
  for (const std::string* part :
       {&filter.status, &filter.type, &filter.source, &filter.tenant, &filter.task, &filter.call}) {
    put_sized(listing.scope, *part);
  }
  listing.row = [&](std::string_view id) { return get_json(reader, Table::actions, action_key(id)); };
  listing.wanted = [&](const Json& row) { return wanted(filter, row); };
  return json_page(reader, listing, cursor, limit);
}

}  // namespace hookswitch
