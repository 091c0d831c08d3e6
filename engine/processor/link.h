// Which call an event is about: found by any of its provider ids, made when there is none, merged when there are two.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/error.h"
#include "engine/processor/directory.h"
#include "engine/processor/event_data.h"
#include "engine/rules/event.h"
#include "engine/state/call.h"
#include "engine/state/store.h"

namespace hookswitch {

struct Linked {
  bool about_call = false;
  Call call;
  bool is_new = false;
  std::optional<uint64_t> stored_mark;  // index_mark() of the call as it is stored, when that is one row under its id
  std::vector<std::string> absorbed;    // other rows that are this call: their ids become aliases
};

/// The id of the call that has these provider ids: made from the first by kind and value, so that it does not depend on
/// which delivery came first. "call_" and 24 hex digits.
std::string call_id_of(const std::pair<std::string, std::string>& id);

/// The kind of external id that names the action that asked for a call.
inline constexpr const char* kActionId = "action";
/// The kind that names a leg of the call, which its provider has as a call of its own: what is told of that one alone,
/// such as a recording, is kept under it.
inline constexpr const char* kLegId = "leg_sid";

/// What is known of who speaks with whom: a call's direction and numbers, "" where they are not known.
struct Sides {
  std::string_view direction, from, to;
};
/// Whether it may be a call, or a message, to this number. What is no number, such as "sip:ana@example.com", may be
/// another name of anybody.
bool may_be_to(const Sides& sides, std::string_view callee);

/// The ids by which an event names its call: those of call_ids(), without an action that it is no report of. An action's
/// id is told by whoever knows it, and another engine with the same account may have an equal one; what came in, or goes
/// to another number, is not what the action asked for.
std::vector<std::pair<std::string, std::string>> told_ids(const Reader& reader, const EventData& data);

/// `ids` as from told_ids(). Events of a type that never makes a call ("message.*", "timer.*") are about a call only
/// when one is found. `known_call` is the call a timer was set for, or "". Error, `denied`: the event's source may not
/// speak about one of the calls that it names.
Result<Linked> link(const Reader& reader, const Directory& directory, const Event& event, const EventData& data,
                    const std::vector<std::pair<std::string, std::string>>& ids, const std::string& known_call);

}  // namespace hookswitch
