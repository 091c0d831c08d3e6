// The table of a call's fields: name, type, merge policy, and whether rules may set it.
#include <algorithm>

#include "engine/state/call.h"

namespace hookswitch {
namespace {

using enum CallField;
using enum FieldType;
using enum Merge;

// `source` and `provider` follow the newest event, together, because one event brings both under one stamp.
constexpr std::array<CallFieldInfo, kCallFields> kFields{{
    {id, "id", text, fixed, false},
    {tenant, "tenant", text, newest, true},
    {source, "source", text, newest, false},
    {provider, "provider", text, newest, false},
    {agent_id, "agent_id", text, newest, true},
    {direction, "direction", text, newest, true},
    {status, "status", text, forward, true},
    {disposition, "disposition", text, newest, true},
    {from, "from", text, newest, true},
    {to, "to", text, newest, true},
    {caller_name, "caller_name", text, newest, true},
    {started_at, "started_at", time_ms, earliest, true},
    {answered_at, "answered_at", time_ms, earliest, true},
    {ended_at, "ended_at", time_ms, latest, true},
    {duration_secs, "duration_secs", number, newest, true},
    {cost, "cost", number, newest, true},
    {currency, "currency", text, newest, true},
    {intent, "intent", text, newest, true},
    {sentiment, "sentiment", text, newest, true},
    {outcome, "outcome", text, newest, true},
    {summary, "summary", text, newest, true},
    {transcript_turns, "transcript_turns", integer, newest, true},
    {has_recording, "has_recording", boolean, newest, true},
    {task_id, "task_id", text, newest, true},
    {contact_id, "contact_id", text, newest, true},
    {created_at, "created_at", time_ms, earliest, false},
    {updated_at, "updated_at", time_ms, latest, false},
    // "webhook", "sync" or "both", see processor/imports.h; nothing is as good as "webhook". The smallest word of two
    // rows that are one call is "both", if one of them says so.
    {reported_by, "reported_by", text, earliest, false},
}};

constexpr bool in_enum_order() {
  for (size_t i = 0; i < kFields.size(); ++i) {
    if (static_cast<size_t>(kFields[i].field) != i) return false;
  }
  return true;
}
static_assert(in_enum_order());

// Among final ones the more specific word wins: that a call was completed says more than that something failed, and
// that somebody hung it up says more than that it was completed.
constexpr std::array<std::string_view, 9> kStatuses{"initiated", "ringing", "in_progress", "failed",        "canceled",
                                                    "no_answer", "busy",    "completed",   "ended_manually"};
constexpr int kFirstFinal = 3;

}  // namespace

std::span<const CallFieldInfo, kCallFields> call_fields() { return kFields; }

const CallFieldInfo* find_call_field(std::string_view name) {
  auto found = std::ranges::find_if(kFields, [&](const CallFieldInfo& info) { return name == info.name; });
  return found == kFields.end() ? nullptr : &*found;
}

std::optional<int> status_rank(std::string_view status) {
  auto found = std::ranges::find(kStatuses, status);
  if (found == kStatuses.end()) return std::nullopt;
  return static_cast<int>(found - kStatuses.begin());
}

bool is_final_status(std::string_view status) { return status_rank(status).value_or(0) >= kFirstFinal; }

}  // namespace hookswitch
