#include "engine/processor/recordings.h"

#include <algorithm>
#include <charconv>

#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "engine/processor/actions.h"
#include "engine/state/call_ids.h"
#include "engine/state/calls.h"
#include "engine/state/recordings.h"
#include "engine/state/timers.h"

namespace hookswitch {
namespace {

constexpr const char* kResult = "recording";
constexpr const char* kRemoved = "recording.removed";
constexpr const char* kRecordingTimer = "hookswitch.recordings";
constexpr int64_t kLookEveryMs = 86'400'000;      // so often at least, because the configuration may have changed
constexpr int64_t kGivenUpMs = 3'600'000;   // until somebody who asks is worth another try
constexpr int64_t kNotThereYetMs = 30'000;  // audio is made after the call; doubled each time
constexpr int64_t kDeniedMs = 300'000;
constexpr const char* kDelete = "delete_recording";

int64_t int64_in(std::string_view text) {
  int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// {"conversation_id": ...}: what the event calls the call and its parts.
Json ids_of(const simdjson::dom::object& data) {
  Json out = Json::object();
  simdjson::dom::object ids;
  if (data["external_ids"].get_object().get(ids) != simdjson::SUCCESS) return out;
  for (auto [kind, value] : ids) {
    std::string_view id;
    if (value.get(id) == simdjson::SUCCESS && !id.empty() && kind != "action") out[std::string(kind)] = id;
  }
  return out;
}

bool has_recording(const simdjson::dom::object& data) {
  bool flag = false;
  return data["has_recording"].get(flag) == simdjson::SUCCESS && flag;
}

bool brings_audio(const simdjson::dom::object& data) {
  std::string_view pointer;
  return data["audio"]["pointer"].get(pointer) == simdjson::SUCCESS;
}

void add_place(Recording& recording, const std::string& source, const Json& ids) {
  Json& place = recording.places[source];
  for (const auto& [kind, id] : ids.items()) {
    if (!place.contains(kind) || id < place[kind]) place[kind] = id;
  }
}

bool is_wanted(const Recording& recording) {
  return recording.status == RecordingStatus::known || recording.status == RecordingStatus::failed;
}

std::string code_of(int64_t status) {
  if (status == 404 || status == 410) return "none";
  if (status == 401 || status == 402 || status == 403) return "denied";
  if (status == 429) return "limited";
  if (status == 408 || status == 425 || status >= 500) return "unavailable";
  return "refused";
}

int64_t wait_ms(const Recording& recording, int64_t after_ms) {
  if (recording.given_up) return std::max(kGivenUpMs, after_ms);
  int64_t wait = backoff_ms(recording.call, recording.attempts);
  if (recording.code == "none") wait = std::max(wait, kNotThereYetMs << (recording.attempts - 1));
  if (recording.code == "denied") wait = std::max(wait, kDeniedMs);
  return std::max(wait, after_ms);
}

void note_failure(Recording& recording, const RecordView& record) {
  // Without a source it is about the record that should have had the audio: then it is where else they say it is.
  bool was_told = record.source.empty();
  if (recording.told_seq != 0 && !was_told) return;  // a webhook has brought it meanwhile
  recording.told_seq = recording.told_index = 0;
  if (was_told && !recording.places.empty()) return;
  recording.status = RecordingStatus::failed;
  recording.code = record.header(":code");
  if (recording.code.empty()) recording.code = code_of(int64_in(record.header(":status")));
  recording.reason = record.header(":error");
  ++recording.attempts;
  bool for_good = recording.code == "too_large" || recording.code == "unsendable";
  recording.given_up = for_good || recording.attempts >= limits::kRecordingAttempts;
  recording.next_ms = record.time_ms + wait_ms(recording, int64_in(record.header(":after")));
}

void note_kept(Recording& recording, const RecordView& record) {
  recording.status = RecordingStatus::kept;
  recording.told_seq = recording.told_index = 0;
  recording.blob = record.blob;
  recording.bytes = record.blob_bytes;
  recording.type = record.header("content-type");
  recording.source = record.source;
  recording.kept_ms = record.time_ms;
  recording.attempts = 0;
  recording.next_ms = 0;
  recording.given_up = false;
  recording.code.clear();
  recording.reason.clear();
}

// Somebody asked for what nobody had told of.
Status tell_call(Writer& writer, const RecordView& record, const std::string& call_id) {
  auto call = get_call(writer, call_id);
  if (!call) return std::unexpected(call.error());
  if (!*call || !(*call)->merge(CallField::has_recording, true, {.time_ms = record.time_ms})) return {};
  return put_call(writer, **call);
}

// Ours is on disk: the provider's may go.
Status delete_theirs(Writer& writer, const RecordView& record, const Sources& sources, const std::string& call_id) {
  auto source = sources.find(record.source);
  auto types = source ? source->action_types() : std::vector<std::string>();
  if (std::ranges::find(types, kDelete) == types.end()) return {};
  Action action;
  action.source = record.source;
  action.type = kDelete;
  action.call = call_id;
  action.params = Json{{"external_ids", parse_json(record.header(":ids"))}};
  auto made = make_action(writer, record, "recording/" + call_id + "/" + std::string(record.source), action);
  return made ? Status{} : std::unexpected(made.error());
}

}  // namespace

void note_recording(Writer& writer, const Event& event, const simdjson::dom::object& data, const std::string& call_id) {
  if (event.source.empty() || !has_recording(data)) return;
  auto known = find_recording(writer, call_id);
  if (known && !is_wanted(*known)) return;
  Recording recording = known.value_or(Recording{.call = call_id});
  add_place(recording, event.source, ids_of(data));
  if (brings_audio(data) && recording.told_seq == 0) {
    recording.told_seq = event.seq;
    recording.told_index = event.index;
  }
  // Asked for before it was made: now it is.
  if (recording.status == RecordingStatus::failed && recording.code == "none") {
    recording.status = RecordingStatus::known;
    recording.attempts = 0;
    recording.next_ms = 0;
    recording.given_up = false;
  }
  put_recording(writer, recording);
}

bool is_recording_result(const RecordView& record) {
  std::string_view what = record.header(":name");
  return what == kResult || what == kRemoved;
}

Status take_recording(Writer& writer, const RecordView& record, const Sources& sources, const Directory& directory) {
  if (record.header(":name") == kRemoved) {
    forget_released_blob(writer, record.header(":blob"));
    return {};
  }
  auto call_id = resolve_call_id(writer, record.header(":call"));
  // Removed meanwhile: nobody will ask for it.
  if (!call_id) {
    release_blob(writer, std::string(record.blob));
    return {};
  }
  Recording recording = find_recording(writer, *call_id).value_or(Recording{.call = *call_id});
  if (!is_wanted(recording)) return {};
  Json ids = parse_json(record.header(":ids"));
  if (ids.is_object() && !ids.empty()) add_place(recording, std::string(record.source), ids);
  if (record.blob.empty()) {
    note_failure(recording, record);
    put_recording(writer, recording);
    return {};
  }
  note_kept(recording, record);
  put_recording(writer, recording);
  set_recording_timer(writer, record.time_ms, directory);
  if (auto told = tell_call(writer, record, *call_id); !told) return told;
  bool fetched = ids.is_object() && !ids.empty();
  return fetched && directory.recordings().delete_at_provider ? delete_theirs(writer, record, sources, *call_id)
                                                              : Status{};
}

bool is_recording_timer(std::string_view key) { return key == kRecordingTimer; }

void set_recording_timer(Writer& writer, int64_t now_ms, const Directory& directory) {
  int64_t keep_ms = directory.recordings().keep_ms;
  auto oldest = oldest_recording_ms(writer);
  if (keep_ms <= 0 || !oldest || find_timer(writer, kRecordingTimer)) return;
  int64_t due_ms = std::clamp(*oldest + keep_ms, now_ms + 1, now_ms + kLookEveryMs);
  set_timer(writer, {.key = kRecordingTimer, .due_ms = due_ms, .name = "recordings", .data = "{}"});
}

void end_recordings(Writer& writer, const RecordView& record, const Directory& directory) {
  int64_t keep_ms = directory.recordings().keep_ms;
  if (keep_ms <= 0) return;
  auto over = recordings_kept_before(writer, record.time_ms - keep_ms + 1, limits::kRecordingsPerExpiry);
  for (const std::string& call_id : over) {
    auto recording = find_recording(writer, call_id);
    if (!recording) continue;
    recording->status = RecordingStatus::expired;
    recording->blob.clear();
    put_recording(writer, *recording);
  }
  set_recording_timer(writer, record.time_ms, directory);
}

}  // namespace hookswitch
