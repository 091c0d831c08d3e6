// What the provider itself says about a call in one event, taken from the event's normalized data: read once, merged
// into the call before any rule runs.
#pragma once

#include <simdjson.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/error.h"
#include "engine/processor/event_data.h"
#include "engine/rules/event.h"
#include "engine/state/call.h"

namespace hookswitch {

/// Parses normalized data over and over with one buffer. One thread.
class FactReader {
 public:
  /// The document lives until the next call. Errors: invalid, when the data is no JSON object.
  Result<simdjson::dom::object> read(std::string_view data);

 private:
  simdjson::dom::parser parser_;
};

/// (kind, value) of every id that names the call; ids of recordings and messages are left out. Sorted by kind.
std::vector<std::pair<std::string, std::string>> call_ids(const EventData& data);

/// The stamp of what an event says itself. Rules that handle the event write with greater ones: rule_stamp(event, n).
Stamp event_stamp(const Event& event);
/// `n` counts what rules wrote in this event, so that the later of two writes wins.
Stamp rule_stamp(const Event& event, uint32_t n);

/// Merges status, numbers, times, cost, variables and so on into the call.
void merge_facts(const Event& event, const EventData& data, Call& call);

/// The turns as JSON text, and their number; nullopt when the event brings no transcript.
struct Turns {
  std::string json;
  int64_t count = 0;
};
/// `text` is what `data` was read from.
std::optional<Turns> transcript_of(const EventData& data, std::string_view text);

}  // namespace hookswitch
