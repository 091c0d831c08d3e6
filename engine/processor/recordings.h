// Recordings on the processor's side: what events tell of them, what came of fetching one, and when its time is over.
// Fetching is another thread's; what it brought comes back as a `result` record, so the log knows of every file.
#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>

#include "engine/base/error.h"
#include "engine/log/record.h"
#include "engine/processor/directory.h"
#include "engine/providers/sources.h"
#include "engine/rules/event.h"
#include "engine/state/store.h"

namespace hookswitch {

/// Remembers where the recording lies when the event says that the call has one, or brings it in `audio`.
void note_recording(Writer& writer, const Event& event, const simdjson::dom::object& data, const std::string& call_id);

/// A `result` record, by its headers:
///   ":name" recording           ":call"    whose
///       kept:    the record's blob is the audio; "content-type"; ":ids" by which its source knows it, JSON
///       failed:  (without a source: of the record that should have held the audio) ":status" of the provider's answer,
///       or ":code" when there was none or it was no recording;
///                ":error" a sentence; ":after" milliseconds that the provider asks to wait
///   ":name" recording.removed   ":blob"    whose file is gone
bool is_recording_result(const RecordView& record);
/// Errors: invalid, when it makes no sense; the store's.
Status take_recording(Writer& writer, const RecordView& record, const Sources& sources, const Directory& directory);

/// The timer that ends the time of what is kept.
bool is_recording_timer(std::string_view key);
void end_recordings(Writer& writer, const RecordView& record, const Directory& directory);
/// Sets that timer, unless it is set or nothing is kept for a time only.
void set_recording_timer(Writer& writer, int64_t now_ms, const Directory& directory);

}  // namespace hookswitch
