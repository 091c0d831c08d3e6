#include "engine/processor/others_records.h"

#include "engine/processor/link.h"
#include "engine/state/actions.h"
#include "engine/state/call_ids.h"
#include "engine/state/calls.h"

namespace hookswitch {

bool OthersRecords::have(const RecordView& record) {
  if (!record.blob.empty()) return false;
  switch (record.kind) {
    case RecordKind::delivery:
    case RecordKind::import:
      return is_about_calls(record);
    case RecordKind::result:
      return has_action(record.header(":action"));
    case RecordKind::command:
      return record.header(":name") == "call.create" && !actions_made_by(reader_, record.seq).empty();
    default:
      return false;
  }
}

Json OthersRecords::actions_of(const RecordView& record) const {
  Json rows = Json::array();
  for (const Action& action : actions_made_by(reader_, record.seq)) rows.push_back(action.to_json());
  return rows;
}

bool OthersRecords::has_action(std::string_view id) const {
  auto action = find_action(reader_, id);
  return action && !is_forgotten(*action);
}

bool OthersRecords::is_about_calls(const RecordView& record) {
  auto events = decoder_.decode(record);
  if (!events || events->empty()) return false;
  std::set<std::string> calls;
  for (const Event& event : *events) {
    std::string call = call_of(event);
    if (call.empty()) return false;
    calls.insert(std::move(call));
  }
  calls_.merge(calls);
  return true;
}

std::string OthersRecords::call_of(const Event& event) {
  auto root = facts_.read(event.data);
  if (!root) return "";
  for (const auto& [kind, value] : told_ids(reader_, EventData(*root))) {
    auto id = find_call_id(reader_, kind, value);
    auto call = id ? get_call(reader_, *id) : Result<std::optional<Call>>();
    if (call && *call) return *id;
  }
  return "";
}

}  // namespace hookswitch
