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

/// `ids` as from call_ids(). Events of a type that never makes a call ("message.*", "timer.*") are about a call only
/// when one is found. `known_call` is the call a timer was set for, or "". Error, `denied`: the event's source may not
/// speak about one of the calls that it names.
Result<Linked> link(const Reader& reader, const Directory& directory, const Event& event, const EventData& data,
                    const std::vector<std::pair<std::string, std::string>>& ids, const std::string& known_call);

}  // namespace hookswitch
