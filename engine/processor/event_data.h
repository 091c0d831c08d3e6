// What the engine itself looks at in an event's data, found in one pass: an event has some twenty members and is asked
// for more.
#pragma once

#include <simdjson.h>

#include <array>
#include <optional>
#include <string_view>

namespace hookswitch {

enum class Member : uint8_t {
  agent_id,
  direction,
  from,
  to,
  caller_name,
  duration_secs,
  cost,
  currency,
  summary,
  outcome,
  status,
  has_recording,
  started_at,
  answered_at,
  ended_at,
  variables,
  external_ids,
  transcript,
  timer,
  about,
  termination_reason,
  reason,
  error_code,
  answered_by,
  language,
  title,
  sip_code,
  batch_call_id,
  user_id,
  agent_name,
  data_collection,
  evaluation,
  cost_credits,
};
constexpr size_t kMembers = static_cast<size_t>(Member::cost_credits) + 1;

std::string_view member_name(Member member);

/// Lives as long as the document that the data was read from.
class EventData {
 public:
  explicit EventData(const simdjson::dom::object& data);

  /// Null when it is missing. Of a repeated member the last counts.
  const simdjson::dom::element* get(Member member) const;
  /// "" when it is missing or no text.
  std::string_view text(Member member) const;
  std::optional<simdjson::dom::object> object(Member member) const;

 private:
  std::array<std::optional<simdjson::dom::element>, kMembers> members_;
};

}  // namespace hookswitch
