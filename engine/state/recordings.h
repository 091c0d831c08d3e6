// The recordings of calls: where each lies at its provider, and the file that we keep of it.
//
// A row changes by records of the log alone: by events that tell of a recording, by what came of fetching it, and by
// the timer that ends its time. So rows can be made again from the log, and whatever was fetched once is never fetched
// again. The audio is a blob. The record that named it may be trimmed long before the recording goes; the row holds it
// until then.
//
// Table recordings:
//   'r' call id                  -> the row, JSON
//   'p' i64 (next_ms) call id    -> ""  known or failed, and to be tried by itself
//   't' call id                  -> ""  a record of the log has the audio, which is not kept yet
//   'k' i64 (kept_ms) call id    -> ""  kept
//   'h' blob call id             -> ""  who holds a blob
//   'g' blob                     -> ""  nobody holds it any more: its file is to be removed
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/json.h"
#include "engine/state/store.h"

namespace hookswitch {

enum class RecordingStatus : uint8_t {
  known,    // there is one, nobody has fetched it
  kept,     // ours
  failed,   // the last try brought nothing
  expired,  // it was kept, its time is over
  erased,   // taken back by a person; never fetched again
};
const char* name(RecordingStatus status);

struct Recording {
  std::string call;
  RecordingStatus status = RecordingStatus::known;
  Json places = Json::object();  // source -> the ids by which it finds the audio, {"conversation_id": ...}
  uint64_t told_seq = 0;         // the record that has the audio in it, told_index its event; 0: none
  uint32_t told_index = 0;
  std::string blob;  // SHA-256, when kept
  std::string type;  // "audio/mpeg"
  uint64_t bytes = 0;
  std::string source;  // whose account it came from
  int64_t kept_ms = 0;
  int attempts = 0;          // to no avail
  int64_t next_ms = 0;       // not before this
  bool given_up = false;     // nobody tries any more who was not asked to
  std::string code, reason;  // of the last failure

  bool operator==(const Recording&) const = default;
};

std::optional<Recording> find_recording(const Reader& reader, std::string_view call_id);
/// Puts or replaces it, and releases the blob that it held before.
void put_recording(Writer& writer, const Recording& recording);
/// Whether there was one.
bool remove_recording(Writer& writer, std::string_view call_id);
/// When two calls turn out to be one: what `from` had is merged into `to`. One that is kept stays kept.
void move_recording(Writer& writer, std::string_view from, std::string_view to);

/// Calls whose audio lies in a record, at most `limit`.
std::vector<std::string> told_recordings(const Reader& reader, size_t limit);
/// Calls whose recording may be tried now, those that wait longest first, at most `limit`.
std::vector<std::string> due_recordings(const Reader& reader, int64_t now_ms, size_t limit);
/// When the first of those that are not due will be.
std::optional<int64_t> next_recording_ms(const Reader& reader, int64_t now_ms);
/// Calls whose recording has been kept since before `before_ms`, oldest first, at most `limit`.
std::vector<std::string> recordings_kept_before(const Reader& reader, int64_t before_ms, size_t limit);
/// Since when the oldest is kept.
std::optional<int64_t> oldest_recording_ms(const Reader& reader);

bool holds_blob(const Reader& reader, std::string_view blob);
/// Blobs whose files are to be removed.
std::vector<std::string> released_blobs(const Reader& reader, size_t limit);
/// Its file is to be removed, unless a recording holds it.
void release_blob(Writer& writer, const std::string& blob);
/// Its file is gone.
void forget_released_blob(Writer& writer, std::string_view blob);

}  // namespace hookswitch
