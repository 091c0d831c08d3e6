// The keeper thread, and who waits; what the workers do is in recording_jobs.cc.
#include "engine/recordings/recordings.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>

namespace hookswitch {
namespace {

constexpr std::chrono::milliseconds kRest{20};  // of the keeper between two looks, however often the processor commits
constexpr int64_t kIdleMs = 60'000;             // until it looks without being rung
constexpr int64_t kCatchUpMs = 100;             // the same after the start
constexpr size_t kFoundAtOnce = 64;             // of each kind of work
constexpr size_t kRowsLookedAt = 512;           // due ones, of which some may be left alone

}  // namespace

Recordings::Recordings(RecordingParts parts, RecordingOptions options) : parts_(std::move(parts)), options_(options) {}

Recordings::~Recordings() { stop(); }

void Recordings::start() {
  auto door = [this](void (Recordings::*run)()) {
    try {
      (this->*run)();
    } catch (const std::exception& error) {
      spdlog::error("a thread for recordings ends: {}", error.what());
    }
  };
  first_end_ = parts_.log.last_seq();
  threads_.emplace_back(door, &Recordings::keep);
  for (size_t i = 0; i < limits::kRecordingFetches; ++i) threads_.emplace_back(door, &Recordings::work);
}

void Recordings::stop() {
  {
    std::lock_guard lock(mail_->mutex);
    mail_->stopping = true;
  }
  mail_->changed.notify_all();
  mail_->bell.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  for (auto& [call, askers] : std::exchange(askers_, {})) {
    for (Asker& asker : askers) asker.done(false);
  }
}

void Recordings::wake() {
  bool awaited = false;
  {
    std::lock_guard lock(mail_->mutex);
    rung_ = true;
    awaited = awaiting_commit_;
  }
  mail_->bell.notify_one();
  if (awaited) mail_->changed.notify_all();
}

void Recordings::ask(const std::string& call_id, std::function<void(bool)> done) {
  bool refused = false;
  {
    std::lock_guard lock(mail_->mutex);
    refused = mail_->stopping || asker_count_ >= limits::kRecordingsAsked;
    if (!refused) {
      bool under_way = under_way_.contains({Job::Kind::get, call_id}) || askers_.contains(call_id);
      if (!under_way) asked_.push_back(call_id);
      askers_[call_id].push_back({parts_.clock.steady_us() + options_.wait_ms * 1000, std::move(done)});
      ++asker_count_;
      rung_ = true;
    }
  }
  if (refused) return done(false);
  mail_->bell.notify_one();
  mail_->changed.notify_all();
}

void Recordings::keep() {
  std::unique_lock lock(mail_->mutex);
  auto stopping = [this] { return mail_->stopping; };
  while (!mail_->stopping) {
    rung_ = false;
    auto late = take_late_askers();
    lock.unlock();
    find_work();
    mail_->changed.notify_all();
    for (auto& done : late) done(false);
    lock.lock();
    mail_->bell.wait_for(lock, kRest, stopping);
    mail_->bell.wait_for(lock, std::chrono::milliseconds(keeper_wait_ms()),
                         [this] { return mail_->stopping || rung_; });
  }
}

int64_t Recordings::keeper_wait_ms() const {
  int64_t wait = caught_up_ ? kIdleMs : kCatchUpMs;
  int64_t now_us = parts_.clock.steady_us();
  auto not_after = [&](int64_t us) { wait = std::min(wait, (us - now_us) / 1000 + 1); };
  for (const auto& [source, pause] : pauses_) {
    if (pause.until_us > now_us) not_after(pause.until_us);
  }
  for (const auto& [call, askers] : askers_) {
    if (!askers.empty()) not_after(askers.front().deadline_us);
  }
  if (next_due_ms_) wait = std::min(wait, *next_due_ms_ - parts_.clock.now_ms());
  return std::clamp<int64_t>(wait, 1, kIdleMs);
}

// Nothing is begun before the rows say what the log says, or what was fetched already would be fetched again.
void Recordings::find_work() {
  {
    std::lock_guard lock(mail_->mutex);
    caught_up_ = caught_up_ || parts_.position() >= first_end_;
    if (!caught_up_ || !found_.empty() || is_paused("") || !parts_.in_place()) return;
  }
  Found found = look();
  std::lock_guard lock(mail_->mutex);
  next_due_ms_ = found.next_due_ms;
  size_t due = 0;
  for (const Recording& recording : found.due) {
    if (due == kFoundAtOnce) break;
    if (!may_ask(recording)) continue;
    found.jobs.push_back({Job::Kind::get, recording.call});
    ++due;
  }
  for (Job& job : found.jobs) {
    if (!under_way_.contains(job) && std::ranges::find(found_, job) == found_.end()) found_.push_back(std::move(job));
  }
}

// Without the lock: whoever waits for it must not hold what the store may wait for.
Recordings::Found Recordings::look() const {
  Found out;
  auto reader = parts_.store.read();
  if (!reader) return out;
  for (std::string& call : told_recordings(**reader, kFoundAtOnce))
    out.jobs.push_back({Job::Kind::get, std::move(call), true});
  for (std::string& blob : released_blobs(**reader, kFoundAtOnce))
    out.jobs.push_back({Job::Kind::remove, std::move(blob)});
  if (!options_.always) return out;
  int64_t now_ms = parts_.clock.now_ms();
  out.next_due_ms = next_recording_ms(**reader, now_ms);
  for (const std::string& call : due_recordings(**reader, now_ms, kRowsLookedAt)) {
    if (auto recording = find_recording(**reader, call)) out.due.push_back(std::move(*recording));
  }
  return out;
}

// Askers of one call are in the order of their deadlines.
std::vector<std::function<void(bool)>> Recordings::take_late_askers() {
  std::vector<std::function<void(bool)>> late;
  int64_t now_us = parts_.clock.steady_us();
  for (auto& [call, askers] : askers_) {
    while (!askers.empty() && askers.front().deadline_us <= now_us) {
      late.push_back(std::move(askers.front().done));
      askers.erase(askers.begin());
      --asker_count_;
    }
  }
  return late;
}

bool Recordings::is_paused(const std::string& source) const {
  auto pause = pauses_.find(source);
  return pause != pauses_.end() && pause->second.until_us > parts_.clock.steady_us();
}

// Whether one of the places it may be at is not left alone just now.
bool Recordings::may_ask(const Recording& recording) const {
  for (const auto& [source, ids] : recording.places.items()) {
    if (!is_paused(source)) return true;
  }
  return false;
}

}  // namespace hookswitch
