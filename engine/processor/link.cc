#include "engine/processor/link.h"

#include <algorithm>

#include "engine/base/hash.h"
#include "engine/calling/number.h"
#include "engine/processor/belonging.h"
#include "engine/processor/facts.h"
#include "engine/state/actions.h"
#include "engine/state/call_ids.h"
#include "engine/state/calls.h"

namespace hookswitch {
namespace {

// A provider's own kind, such as "twilio.action", makes one when it says how the call stands, or tells of a leg of it.
bool makes_call(const Event& event, const EventData& data,
                const std::vector<std::pair<std::string, std::string>>& ids) {
  if (event.type.starts_with("call.") || event.type.starts_with("conversation.")) return true;
  if (event.type == "import.conversation") return true;
  auto is_leg = [](const auto& id) { return id.first == kLegId; };
  return event.type.starts_with(event.provider + ".") &&
         (!data.text(Member::status).empty() || std::ranges::any_of(ids, is_leg));
}

// Our ids of all calls known by these provider ids, each once.
std::vector<std::string> find_rows(const Reader& reader, const std::vector<std::pair<std::string, std::string>>& ids,
                                   const std::string& known_call) {
  std::vector<std::string> rows;
  auto note = [&](std::optional<std::string> id) {
    if (id && std::ranges::find(rows, *id) == rows.end()) rows.push_back(std::move(*id));
  };
  for (const auto& [kind, value] : ids) note(find_call_id(reader, kind, value));
  if (!known_call.empty()) note(resolve_call_id(reader, known_call));
  return rows;
}

}  // namespace

std::string call_id_of(const std::pair<std::string, std::string>& id) {
  return std::string(kCallIdPrefix) + to_hex(hash128(id.first + ":" + id.second)).substr(0, kCallIdDigits);
}

bool may_be_to(const Sides& sides, std::string_view callee) {
  if (sides.direction == "inbound") return false;
  DialNumber number = dial_number(callee, "");
  if (number.number.empty()) return true;
  auto is_other = [&](std::string_view text) {
    std::string side = dial_number(text, number.country).number;
    return !side.empty() && side != number.number;
  };
  bool outbound = sides.direction == "outbound";
  return !is_other(sides.to) || (!outbound && !is_other(sides.from));
}

std::vector<std::pair<std::string, std::string>> told_ids(const Reader& reader, const EventData& data) {
  Sides sides{data.text(Member::direction), data.text(Member::from), data.text(Member::to)};
  auto is_no_report = [&](const auto& id) {
    if (id.first != kActionId) return false;
    auto action = find_action(reader, id.second);
    return !may_be_to(sides, action ? json_text(action->params, "to") : "");
  };
  auto ids = call_ids(data);
  std::erase_if(ids, is_no_report);
  return ids;
}

Result<Linked> link(const Reader& reader, const Directory& directory, const Event& event, const EventData& data,
                    const std::vector<std::pair<std::string, std::string>>& ids, const std::string& known_call) {
  Linked out;
  auto rows = find_rows(reader, ids, known_call);
  if (rows.empty() && (ids.empty() || !makes_call(event, data, ids))) return out;
  out.about_call = true;
  out.is_new = rows.empty();
  for (const std::string& row : rows) {
    auto call = get_call(reader, row);
    if (!call) return std::unexpected(call.error());
    if (!*call) continue;
    // Asked of each as it is stored: together they may be somebody else's.
    if (!may_speak(reader, directory, event.source, data.text(Member::agent_id), **call))
      return fail(Code::denied, "link event {} to its call: source \"{}\" belongs to another tenant than the call",
                  event.id, event.source);
    out.stored_mark = index_mark(**call);
    if (out.call.id().empty()) {
      out.call = std::move(**call);
    } else {
      out.call.absorb(**call);
    }
  }
  for (const auto& [kind, value] : ids) out.call.add_external_id(kind, value);
  const auto& known = out.call.external_ids();
  std::string id = known.empty() ? rows.front() : call_id_of(*known.begin());
  out.call.set(CallField::id, id);
  std::erase(rows, id);
  if (!rows.empty()) out.stored_mark.reset();
  out.absorbed = std::move(rows);
  return out;
}

}  // namespace hookswitch
