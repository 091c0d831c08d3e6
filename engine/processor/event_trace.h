// What the rules did with one event: as it is kept in few bytes, and as people are shown it.
//
// Bytes: u8 version 1, varint sequence and index of the event, sized call, sized tenant, sized failure, varint effects
// left out; then for each run: varint number of the rule (among those of its version), steps, memory, microseconds and
// effects, and the effects themselves: u8 kind (the place in Wish; 128 more: of a whole-call rule), then its fields.
// JSON inside of effects is CBOR.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/processor/evaluation.h"

namespace hookswitch {

struct EventTrace {
  uint64_t seq = 0;  // the event's record and place in it
  uint32_t index = 0;
  std::string tenant;
  std::string call;  // "" when it was about none
  std::string failure;
  std::vector<RuleTrace> runs;
  Effects effects;
  uint64_t left_out = 0;  // effects that a kept trace had no room for
};

EventTrace trace_of(const Event& event, const Evaluation& evaluation);

/// Appends the bytes. `rules` are the names, in the order they run, by which rules are numbered.
void encode_trace(const Event& event, const Evaluation& evaluation, const std::vector<RuleInfo>& rules,
                  std::string& out);
/// nullopt when the bytes are not such a trace.
std::optional<EventTrace> decode_trace(std::string_view bytes, const std::vector<std::string>& rules);

/// {"call", "tenant", "rules": [{"rule", "steps", "memory_bytes", "us", "effects"}], "error"?, "reply"?}
Json to_json(const EventTrace& trace);

}  // namespace hookswitch
