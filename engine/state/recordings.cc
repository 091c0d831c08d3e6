#include "engine/state/recordings.h"

#include <algorithm>
#include <array>

#include "engine/base/bytes.h"
#include "engine/state/json_rows.h"
#include "engine/state/keys.h"

namespace hookswitch {
namespace {

constexpr std::array kRecordingStatuses{"known", "kept", "failed", "expired", "erased"};

std::string tagged(char tag, std::string_view text) { return tag + std::string(text); }

std::string time_key(char tag, int64_t time_ms, std::string_view call_id) {
  std::string key(1, tag);
  put_ordered_i64(key, time_ms);
  return key.append(call_id);
}

RecordingStatus recording_status(const std::string& text) {
  auto found = std::ranges::find(kRecordingStatuses, text);
  return found == kRecordingStatuses.end() ? RecordingStatus::failed
                                           : static_cast<RecordingStatus>(found - kRecordingStatuses.begin());
}

Json row_of(const Recording& recording) {
  Json row{{"status", name(recording.status)}, {"places", recording.places}};
  auto put = [&](const char* key, const auto& value, const auto& otherwise) {
    if (value != otherwise) row[key] = value;
  };
  put("told_seq", recording.told_seq, 0U);
  put("told_index", recording.told_index, 0U);
  put("blob", recording.blob, "");
  put("type", recording.type, "");
  put("bytes", recording.bytes, 0U);
  put("source", recording.source, "");
  put("kept_ms", recording.kept_ms, 0);
  put("attempts", recording.attempts, 0);
  put("next_ms", recording.next_ms, 0);
  put("given_up", recording.given_up, false);
  put("code", recording.code, "");
  put("reason", recording.reason, "");
  return row;
}

Recording read_row(std::string_view call_id, const Json& row) {
  Recording out;
  out.call = call_id;
  out.status = recording_status(row.value("status", ""));
  out.places = row.value("places", Json::object());
  out.told_seq = row.value("told_seq", uint64_t{0});
  out.told_index = row.value("told_index", uint32_t{0});
  out.blob = row.value("blob", "");
  out.type = row.value("type", "");
  out.bytes = row.value("bytes", uint64_t{0});
  out.source = row.value("source", "");
  out.kept_ms = row.value("kept_ms", int64_t{0});
  out.attempts = row.value("attempts", 0);
  out.next_ms = row.value("next_ms", int64_t{0});
  out.given_up = row.value("given_up", false);
  out.code = row.value("code", "");
  out.reason = row.value("reason", "");
  return out;
}

// The rows by which a recording is found, all without value.
std::vector<std::string> index_keys(const Recording& recording) {
  std::vector<std::string> keys;
  bool wanted = recording.status == RecordingStatus::known || recording.status == RecordingStatus::failed;
  if (wanted && recording.told_seq != 0) keys.push_back(tagged('t', recording.call));
  if (wanted && !recording.given_up && !recording.places.empty())
    keys.push_back(time_key('p', recording.next_ms, recording.call));
  if (recording.status == RecordingStatus::kept) keys.push_back(time_key('k', recording.kept_ms, recording.call));
  if (!recording.blob.empty()) keys.push_back(tagged('h', recording.blob + recording.call));
  return keys;
}

// What follows the time in the keys of one tag, up to a time.
std::vector<std::string> calls_until(const Reader& reader, char tag, int64_t until_ms, size_t limit) {
  std::vector<std::string> out;
  reader.scan_prefix(Table::recordings, std::string(1, tag), [&](std::string_view key, std::string_view) {
    if (out.size() == limit || key.size() < kTaggedTimeBytes) return false;
    if (get_ordered_i64(key.data() + 1) > until_ms) return false;
    out.emplace_back(key.substr(kTaggedTimeBytes));
    return true;
  });
  return out;
}

std::vector<std::string> rest_of_keys(const Reader& reader, char tag, size_t limit) {
  std::vector<std::string> out;
  reader.scan_prefix(Table::recordings, std::string(1, tag), [&](std::string_view key, std::string_view) {
    if (out.size() == limit) return false;
    out.emplace_back(key.substr(1));
    return true;
  });
  return out;
}

std::optional<int64_t> first_time_from(const Reader& reader, char tag, int64_t from_ms) {
  std::optional<int64_t> out;
  reader.scan(Table::recordings, time_key(tag, from_ms, ""), Direction::forward, [&](std::string_view key, auto) {
    if (key.size() >= kTaggedTimeBytes && key.front() == tag) out = get_ordered_i64(key.data() + 1);
    return false;
  });
  return out;
}

// Of two places at one source the ids of both are known; of two ids of one kind the smaller, so that the order in which
// they were told of does not matter.
void merge_places(Json& into, const Json& other) {
  for (const auto& [source, ids] : other.items()) {
    Json& known = into[source];
    for (const auto& [kind, id] : ids.items()) {
      if (!known.contains(kind) || id < known[kind]) known[kind] = id;
    }
  }
}

int weight(RecordingStatus status) {
  if (status == RecordingStatus::erased) return 4;
  if (status == RecordingStatus::kept) return 3;
  return status == RecordingStatus::expired ? 2 : status == RecordingStatus::known ? 1 : 0;
}

}  // namespace

const char* name(RecordingStatus status) { return kRecordingStatuses[static_cast<size_t>(status)]; }

std::optional<Recording> find_recording(const Reader& reader, std::string_view call_id) {
  auto row = get_json(reader, Table::recordings, tagged('r', call_id));
  return row ? std::optional(read_row(call_id, *row)) : std::nullopt;
}

void put_recording(Writer& writer, const Recording& recording) {
  auto old = find_recording(writer, recording.call);
  if (old == recording) return;
  if (old) {
    for (const std::string& key : index_keys(*old)) writer.del(Table::recordings, key);
  }
  for (const std::string& key : index_keys(recording)) writer.put(Table::recordings, key, "");
  put_json(writer, Table::recordings, tagged('r', recording.call), row_of(recording));
  if (!recording.blob.empty()) writer.del(Table::recordings, tagged('g', recording.blob));
  if (old) release_blob(writer, old->blob);
}

bool remove_recording(Writer& writer, std::string_view call_id) {
  auto old = find_recording(writer, call_id);
  if (!old) return false;
  for (const std::string& key : index_keys(*old)) writer.del(Table::recordings, key);
  writer.del(Table::recordings, tagged('r', call_id));
  release_blob(writer, old->blob);
  return true;
}

void move_recording(Writer& writer, std::string_view from, std::string_view to) {
  auto theirs = find_recording(writer, from);
  if (!theirs) return;
  auto ours = find_recording(writer, to);
  Recording whole = ours && weight(ours->status) >= weight(theirs->status) ? *ours : *theirs;
  const Recording& other = ours && whole == *ours ? *theirs : ours.value_or(Recording{});
  whole.call = to;
  merge_places(whole.places, other.places);
  if (whole.told_seq == 0) {
    whole.told_seq = other.told_seq;
    whole.told_index = other.told_index;
  }
  put_recording(writer, whole);
  remove_recording(writer, from);
}

std::vector<std::string> told_recordings(const Reader& reader, size_t limit) {
  return rest_of_keys(reader, 't', limit);
}

std::vector<std::string> due_recordings(const Reader& reader, int64_t now_ms, size_t limit) {
  return calls_until(reader, 'p', now_ms, limit);
}

std::optional<int64_t> next_recording_ms(const Reader& reader, int64_t now_ms) {
  return first_time_from(reader, 'p', now_ms + 1);
}

std::vector<std::string> recordings_kept_before(const Reader& reader, int64_t before_ms, size_t limit) {
  return calls_until(reader, 'k', before_ms - 1, limit);
}

std::optional<int64_t> oldest_recording_ms(const Reader& reader) { return first_time_from(reader, 'k', INT64_MIN); }

bool holds_blob(const Reader& reader, std::string_view blob) {
  bool held = false;
  reader.scan_prefix(Table::recordings, tagged('h', blob), [&](std::string_view, std::string_view) {
    held = true;
    return false;
  });
  return held;
}

std::vector<std::string> released_blobs(const Reader& reader, size_t limit) { return rest_of_keys(reader, 'g', limit); }

void release_blob(Writer& writer, const std::string& blob) {
  if (!blob.empty() && !holds_blob(writer, blob)) writer.put(Table::recordings, tagged('g', blob), "");
}

void forget_released_blob(Writer& writer, std::string_view blob) { writer.del(Table::recordings, tagged('g', blob)); }

}  // namespace hookswitch
