// What was said in a call: one JSON text per call, of the newest event that brought one.
//
// Table transcripts, key: call id. Row: u8 authority, i64 time, u64 tie (the stamp), then the JSON text.
#pragma once

#include <optional>
#include <string_view>

#include "engine/state/call.h"
#include "engine/state/store.h"

namespace hookswitch {

struct Transcript {
  Stamp stamp;
  std::string_view json;  // dies with the transaction
};

std::optional<Transcript> find_transcript(const Reader& reader, std::string_view call_id);

/// Keeps the one with the greater stamp (among equals the greater text), so the order of arrival does not matter.
/// Whether this one is the one kept and was not there before.
bool merge_transcript(Writer& writer, std::string_view call_id, const Transcript& transcript);

void remove_transcript(Writer& writer, std::string_view call_id);

/// When two calls turn out to be one: what `from` had is merged into `to`.
void move_transcript(Writer& writer, std::string_view from, std::string_view to);

}  // namespace hookswitch
