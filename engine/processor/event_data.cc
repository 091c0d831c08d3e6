#include "engine/processor/event_data.h"

#include <unordered_map>

namespace hookswitch {
namespace {

constexpr std::array<std::string_view, kMembers> kNames{"agent_id",
                                                        "direction",
                                                        "from",
                                                        "to",
                                                        "caller_name",
                                                        "duration_secs",
                                                        "cost",
                                                        "currency",
                                                        "summary",
                                                        "outcome",
                                                        "status",
                                                        "has_recording",
                                                        "started_at",
                                                        "answered_at",
                                                        "ended_at",
                                                        "variables",
                                                        "external_ids",
                                                        "transcript",
                                                        "timer",
                                                        "about",
                                                        "termination_reason",
                                                        "reason",
                                                        "error_code",
                                                        "answered_by",
                                                        "language",
                                                        "title",
                                                        "sip_code",
                                                        "batch_call_id",
                                                        "user_id",
                                                        "agent_name",
                                                        "data_collection",
                                                        "evaluation",
                                                        "cost_credits"};
static_assert(!kNames.back().empty());

const std::unordered_map<std::string_view, size_t>& places() {
  static const auto kPlaces = [] {
    std::unordered_map<std::string_view, size_t> out;
    for (size_t at = 0; at < kNames.size(); ++at) out.emplace(kNames[at], at);
    return out;
  }();
  return kPlaces;
}

}  // namespace

std::string_view member_name(Member member) { return kNames[static_cast<size_t>(member)]; }

EventData::EventData(const simdjson::dom::object& data) {
  const auto& known = places();
  for (auto [name, value] : data) {
    if (auto found = known.find(name); found != known.end()) members_[found->second] = value;
  }
}

const simdjson::dom::element* EventData::get(Member member) const {
  const auto& found = members_[static_cast<size_t>(member)];
  return found ? &*found : nullptr;
}

std::string_view EventData::text(Member member) const {
  const auto* found = get(member);
  std::string_view text;
  return found != nullptr && found->get(text) == simdjson::SUCCESS ? text : std::string_view();
}

std::optional<simdjson::dom::object> EventData::object(Member member) const {
  const auto* found = get(member);
  simdjson::dom::object out;
  if (found == nullptr || found->get(out) != simdjson::SUCCESS) return std::nullopt;
  return out;
}

}  // namespace hookswitch
