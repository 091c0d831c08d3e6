// The worker threads: one job after another, each ended by a record of the log.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>

#include "engine/log/format.h"
#include "engine/recordings/recordings.h"
#include "engine/recordings/told_audio.h"
#include "engine/state/call_ids.h"
#include "engine/state/calls.h"

namespace hookswitch {
namespace {

constexpr int64_t kFullMs = 100;                 // until the log is asked again to take a record
constexpr std::chrono::milliseconds kLook{200};  // at the position, should a bell be lost
constexpr int64_t kPauseMs = 2'000;              // of a source that does not answer, doubled each time
constexpr int64_t kPauseMaxMs = 300'000;
constexpr int64_t kDiskPauseMs = 30'000;
constexpr size_t kReasonBytes = 500;

// A provider that says so, or says nothing at all, will say the same of other recordings.
bool is_about_source(const FetchFailure& failure) {
  int status = failure.status;
  bool says_so = status == 401 || status == 402 || status == 403 || status == 429 || status >= 500;
  return says_so || failure.code == "not_sent" || failure.silent;
}

bool is_wanted(const Recording& recording) {
  return recording.status == RecordingStatus::known || recording.status == RecordingStatus::failed;
}

}  // namespace

void Recordings::work() {
  while (auto job = next_job()) {
    if (!begin(*job)) continue;
    try {
      job->kind == Job::Kind::get ? get(*job) : remove(job->what);
    } catch (const std::exception& error) {
      spdlog::error("recording {}: {}", job->what, error.what());
      pause("", {.ours = true});
    }
    finish(*job);
  }
}

std::optional<Recordings::Job> Recordings::next_job() {
  std::unique_lock lock(mail_->mutex);
  mail_->changed.wait(lock, [this] { return mail_->stopping || (caught_up_ && (!asked_.empty() || !found_.empty())); });
  if (mail_->stopping) return std::nullopt;
  Job job;
  if (!asked_.empty()) {
    job.what = std::move(asked_.front());
    asked_.pop_front();
  } else {
    job = std::move(found_.front());
    found_.pop_front();
  }
  return job;
}

// False: another worker is at it, and whoever waits for it is told then.
bool Recordings::begin(const Job& job) {
  std::lock_guard lock(mail_->mutex);
  return under_way_.insert(job).second;
}

void Recordings::finish(const Job& job) {
  std::vector<Asker> askers;
  {
    std::lock_guard lock(mail_->mutex);
    under_way_.erase(job);
    rung_ = rung_ || found_.empty();
    auto waiting = askers_.find(job.what);
    bool is_asked = waiting != askers_.end() && !waiting->second.empty();
    if (is_asked && job.told_only) {
      asked_.push_back(job.what);  // somebody came while it was done for nobody: perhaps more can be done
    } else if (waiting != askers_.end() && !mail_->stopping) {
      askers = std::move(waiting->second);
      asker_count_ -= askers.size();
      askers_.erase(waiting);
    }
  }
  mail_->bell.notify_one();
  mail_->changed.notify_all();
  for (Asker& asker : askers) asker.done(true);
}

// What is to be fetched for this call; nullopt when nothing is.
std::optional<Recording> Recordings::wanted(const std::string& call_id) const {
  auto reader = parts_.store.read();
  if (!reader) return std::nullopt;
  auto recording = find_recording(**reader, call_id);
  if (recording && !is_wanted(*recording)) return std::nullopt;
  if (recording && recording->told_seq == 0 && recording->next_ms > parts_.clock.now_ms()) return std::nullopt;
  if (recording && !recording->places.empty()) return recording;
  // Nobody has told of one, but somebody asks: where the call is from, they know.
  auto call = get_call(**reader, call_id);
  if (!call || !*call || (*call)->text(CallField::source).empty()) return recording;
  if (!recording) recording = Recording{.call = call_id};
  Json& ids = recording->places[std::string((*call)->text(CallField::source))];
  for (const auto& [kind, id] : (*call)->external_ids()) {
    if (kind != "action") ids[kind] = id;
  }
  return recording;
}

void Recordings::get(const Job& job) {
  auto recording = wanted(job.what);
  if (recording && recording->told_seq != 0) {
    if (take_told(*recording)) return;
    recording = wanted(job.what);
  }
  bool is_told = recording && recording->told_seq != 0;
  if (recording && !is_told && (!job.told_only || options_.always)) fetch(*recording);
}

// False: it is not there, and the row says so; the provider may still have it.
bool Recordings::take_told(const Recording& recording) {
  auto audio = take_told_audio(parts_.log, parts_.decoder, parts_.blobs, recording.told_seq, recording.told_index);
  if (audio) {
    FetchedAudio kept{audio->blob, audio->type, audio->bytes, Json::object()};
    return append_kept(recording.call, audio->source, kept);
  }
  if (audio.error().code == Code::unavailable || audio.error().code == Code::io) {
    pause("", {.error = audio.error().message, .ours = true});
    return true;
  }
  append_failure(recording.call, "", {.code = "wrong_type", .error = audio.error().message});
  return false;
}

void Recordings::fetch(const Recording& recording) {
  std::optional<FetchFailure> worst;
  std::string failed_source;
  for (const auto& [source, ids] : recording.places.items()) {
    {
      std::lock_guard lock(mail_->mutex);
      if (is_paused(source) || is_paused("")) continue;
    }
    const int64_t until_us = parts_.clock.steady_us() + limits::kRecordingFetchMs * 1000;
    RecordingFetch fetch(parts_.sources, parts_.blobs, parts_.base_url,
                         [this, until_us](HttpAsk ask) { return send(std::move(ask), until_us); });
    auto audio = fetch.from(source, ids);
    if (audio) {
      append_kept(recording.call, source, *audio);
      return;
    }
    if (audio.error().stopping) return;
    pause(source, audio.error());
    if (audio.error().ours) return;
    // That one has none says less than that another could not be asked.
    bool says_none = audio.error().status == 404 || audio.error().code == "none";
    if (worst && says_none) continue;
    worst = audio.error();
    failed_source = source;
  }
  if (worst) append_failure(recording.call, failed_source, *worst);
}

void Recordings::pause(const std::string& source, const FetchFailure& failure) {
  if (failure.ours && !failure.error.empty()) spdlog::warn("recordings wait: {}", failure.error);
  std::lock_guard lock(mail_->mutex);
  Pause& pause = pauses_[failure.ours ? std::string() : source];
  if (!failure.ours && !is_about_source(failure)) {
    pause = {};
    return;
  }
  pause.wait_ms = std::clamp(2 * pause.wait_ms, failure.ours ? kDiskPauseMs : kPauseMs, kPauseMaxMs);
  pause.until_us = parts_.clock.steady_us() + std::max(pause.wait_ms, failure.after_ms) * 1000;
}

Result<bool> Recordings::drop(const std::string& blob) {
  if (!parts_.in_place()) return false;
  // The same audio may be on its way in again just now.
  std::lock_guard lock(mail_->mutex);
  auto reader = parts_.store.read();
  if (!reader || fresh_blobs_.contains(blob) || holds_blob(**reader, blob)) return false;
  if (auto removed = parts_.blobs.remove(blob); !removed) return std::unexpected(removed.error());
  return true;
}

void Recordings::remove(const std::string& blob) {
  auto removed = drop(blob);
  if (!removed) return pause("", {.error = removed.error().message, .ours = true});
  if (!*removed) return;
  count("removed");
  NewRecord record;
  record.kind = RecordKind::result;
  record.headers = {{":name", "recording.removed"}, {":blob", blob}};
  append(std::move(record));
}

bool Recordings::has_call(const std::string& call_id) const {
  auto reader = parts_.store.read();
  return !reader || resolve_call_id(**reader, call_id);
}

// A call may be forgotten while its audio is fetched. What comes too late for that leaves no trace: it is not appended,
// or erased again when the call went in the moment between.
bool Recordings::append_kept(const std::string& call_id, const std::string& source, const FetchedAudio& audio) {
  if (!has_call(call_id)) {
    if (auto dropped = drop(audio.blob); !dropped) spdlog::warn("{}", dropped.error().message);
    return false;
  }
  NewRecord record;
  record.kind = RecordKind::result;
  record.source = source;
  record.headers = {
      {":name", "recording"}, {":call", call_id}, {"content-type", audio.type}, {":ids", dump(audio.ids)}};
  record.blob = audio.blob;
  record.blob_bytes = audio.bytes;
  {
    std::lock_guard lock(mail_->mutex);
    fresh_blobs_.insert(audio.blob);
    pauses_.erase(source);
  }
  uint64_t seq = 0;
  const bool done = append(std::move(record), &seq);
  {
    std::lock_guard lock(mail_->mutex);
    fresh_blobs_.erase(audio.blob);
  }
  if (done && !has_call(call_id)) {
    auto erased = parts_.log.redact_step(seq, seq + 1, erased_record);
    if (!erased) spdlog::warn("erase the record of a recording whose call is gone: {}", erased.error().message);
    return false;
  }
  if (done) count("kept", audio.bytes);
  return done;
}

bool Recordings::append_failure(const std::string& call_id, const std::string& source, const FetchFailure& failure) {
  spdlog::warn("the recording of call {} is not fetched: {}", call_id, failure.error);
  NewRecord record;
  record.kind = RecordKind::result;
  record.source = source;
  record.headers = {{":name", "recording"}, {":call", call_id}, {":error", failure.error.substr(0, kReasonBytes)}};
  if (failure.status != 0) record.headers.emplace_back(":status", std::to_string(failure.status));
  if (!failure.code.empty()) record.headers.emplace_back(":code", failure.code);
  if (failure.after_ms != 0) record.headers.emplace_back(":after", std::to_string(failure.after_ms));
  count("failed");
  return append(std::move(record));
}

bool Recordings::append(NewRecord record, uint64_t* seq_out) {
  record.time_ms = parts_.clock.now_ms();
  std::optional<Result<uint64_t>> seq;
  while (!seq || !*seq) {
    auto parcel = std::make_shared<std::optional<Result<uint64_t>>>();
    NewRecord copy = record;
    auto queued = parts_.log.append(copy, [mail = mail_, parcel](Result<uint64_t> got) {
      {
        std::lock_guard lock(mail->mutex);
        *parcel = std::move(got);
      }
      mail->changed.notify_all();
    });
    if (queued) seq = await(parcel);
    if (seq && *seq) break;
    // The file was taken for one that nobody needs: then it is to be fetched again.
    bool lost = !record.blob.empty() && !parts_.blobs.open_reader(record.blob);
    if (lost || !sleep(kFullMs)) return false;
  }
  if (seq_out != nullptr) *seq_out = **seq;
  std::unique_lock lock(mail_->mutex);
  while (!mail_->stopping && parts_.position() < **seq) {
    ++awaiting_commit_;
    mail_->changed.wait_for(lock, kLook);
    --awaiting_commit_;
  }
  return !mail_->stopping;
}

std::optional<HttpResult> Recordings::send(HttpAsk ask, int64_t until_us) {
  auto parcel = std::make_shared<std::optional<HttpResult>>();
  ask.timeout_ms = options_.timeout_ms;
  ask.longest_ms = std::max<int64_t>(1, (until_us - parts_.clock.steady_us()) / 1000);
  parts_.http.send(std::move(ask), [mail = mail_, parcel](HttpResult got) {
    {
      std::lock_guard lock(mail->mutex);
      *parcel = std::move(got);
    }
    mail->changed.notify_all();
  });
  return await(parcel);
}

template <class T>
std::optional<T> Recordings::await(const std::shared_ptr<std::optional<T>>& parcel) {
  std::unique_lock lock(mail_->mutex);
  mail_->changed.wait(lock, [&] { return parcel->has_value() || mail_->stopping; });
  return std::move(*parcel);
}

bool Recordings::sleep(int64_t ms) {
  std::unique_lock lock(mail_->mutex);
  mail_->changed.wait_for(lock, std::chrono::milliseconds(ms), [this] { return mail_->stopping; });
  return !mail_->stopping;
}

void Recordings::count(const std::string& outcome, uint64_t bytes) {
  parts_.metrics
      .counter("hookswitch_recordings_total", "Recordings kept, failed to be fetched, removed", {{"outcome", outcome}})
      .add();
  if (bytes != 0) parts_.metrics.counter("hookswitch_recording_bytes_total", "Bytes of recordings kept").add(bytes);
}

}  // namespace hookswitch
