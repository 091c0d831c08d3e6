// The committer thread: takes what waits, writes it as one value of one transaction, syncs once, releases the answers.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "engine/base/limits.h"
#include "engine/log/arrival.h"
#include "engine/log/blob_files.h"
#include "engine/log/log_impl.h"

namespace hookswitch {

namespace {

constexpr std::chrono::milliseconds kIdleWait{1'000};  // between two looks for something to trim
constexpr uint64_t kCommitsPerTrim = 256;              // and this often while there is always something to commit

/// How many of the records in front make one group.
size_t group_size(std::span<const PendingRecord> batch) {
  size_t count = 0;
  size_t bytes = 0;
  while (count < batch.size() && count < limits::kGroupRecords) {
    bytes += batch[count].record.bytes.size();
    if (count > 0 && bytes > limits::kGroupBytes) break;
    ++count;
  }
  return count;
}

/// Calls done, once however often this is called. What it throws is its owner's loss.
void answer(PendingRecord& pending, Result<uint64_t> outcome) noexcept {
  if (!pending.done) return;
  Log::Done done = std::exchange(pending.done, nullptr);
  try {
    done(std::move(outcome));
  } catch (...) {
  }
}

}  // namespace

void LmdbLog::run() {
  Batch batch;
  while (queue_.take(batch, kIdleWait)) {
    const bool idle = batch.records.empty();
    commit_batch(batch.records);
    batch.clear();
    tend(idle);
  }
}

void LmdbLog::commit_batch(std::span<PendingRecord> left) {
  while (!left.empty()) {
    const auto group = left.first(group_size(left));
    uint64_t bytes = 0;
    for (const auto& pending : group) bytes += pending.record.bytes.size();
    try {
      commit_group(group);
    } catch (const std::exception& e) {  // no memory, say: it may not end the committer, nor leave anybody waiting
      const Error error{Code::internal, fmt::format("commit {} records: {}", group.size(), e.what())};
      for (auto& pending : group) answer(pending, std::unexpected(error));
    }
    queue_.release(group.size(), bytes);
    left = left.subspan(group.size());
  }
}

void LmdbLog::commit_group(std::span<PendingRecord> all) {
  std::vector<PendingRecord*> group;
  std::vector<std::pair<PendingRecord*, Error>> refused;
  std::unique_lock lock(write_mutex_);
  sync_blobs(all, group, refused);
  const int64_t began_us = clock_.steady_us();
  const Status appended = group.empty() ? Status() : append_group(group);
  if (options_.slow_sync_us > 0) std::this_thread::sleep_for(std::chrono::microseconds(options_.slow_sync_us));
  const uint64_t first = next_seq_ - (appended ? group.size() : 0);
  lock.unlock();
  const Status outcome = appended ? in_place() : appended;
  if (!group.empty()) note_commit(outcome, group.size(), clock_.steady_us() - began_us);
  if (appended) signal_.publish(first + group.size() - 1);
  for (auto& [pending, error] : refused) answer(*pending, std::unexpected(std::move(error)));
  for (size_t i = 0; i < group.size(); ++i) {
    answer(*group[i], outcome ? Result<uint64_t>(first + i) : std::unexpected(outcome.error()));
  }
}

/// Records whose blob cannot be made durable are refused; the others go on in order.
void LmdbLog::sync_blobs(std::span<PendingRecord> all, std::vector<PendingRecord*>& group,
                         std::vector<std::pair<PendingRecord*, Error>>& refused) {
  group.reserve(all.size());
  for (auto& pending : all) {
    Status synced;
    if (!pending.record.blob.empty()) synced = sync_blob(options_.blob_dir, pending.record.blob);
    if (synced) {
      group.push_back(&pending);
    } else {
      refused.emplace_back(&pending, Error{Code::unavailable, "append a record to the log: " + synced.error().message});
    }
  }
}

Status LmdbLog::in_place() const {
  if (!options_.in_place || options_.in_place()) return {};
  return fail(Code::unavailable, "append records to the log: {} was removed or replaced", options_.dir);
}

Status LmdbLog::append_group(const std::vector<PendingRecord*>& group) {
  if (auto there = in_place(); !there) return there;
  if (suspect_) {
    if (auto recovered = recover(); !recovered) return recovered;
  }
  std::vector<EncodedRecord> records;
  records.reserve(group.size());
  int64_t time_ms = last_time_ms_;
  for (PendingRecord* pending : group) {
    if (was_set_back(time_ms, pending->record.time_ms))
      spdlog::warn("the clock was set back by {} s: records arrive before those that are there",
                   (time_ms - pending->record.time_ms) / 1'000);
    time_ms = arrival_ms(time_ms, pending->record.time_ms);
    pending->record.time_ms = time_ms;
    records.push_back(pending->record);
  }
  if (auto appended = store_->append(next_seq_, records); !appended) {
    suspect_ = true;
    Error error = appended.error();
    error.code = Code::unavailable;  // whatever the disk's trouble: nothing of it happened, and it may be tried again
    return wrap(std::move(error), fmt::format("append {} records to the log", group.size()));
  }
  next_seq_ += group.size();
  last_time_ms_ = time_ms;
  ++commits_since_trim_;
  note_growth();
  return {};
}

void LmdbLog::note_growth() {
  const uint64_t used_bytes = store_->info().used_bytes;
  if (extender_.used(used_bytes)) cached_tail_.mark({next_seq_, used_bytes});
}

/// After a failed commit nothing is believed: the end is read from disk again. It may lie further than we knew, when a
/// commit was written although its sync reported an error; never nearer, for that much was acknowledged.
Status LmdbLog::recover() {
  auto end = store_->verified_end();
  if (!end) {
    end.error().code = Code::unavailable;
    return wrap(end.error(), "read the log's end after a failed commit");
  }
  if (end->next_seq < next_seq_) {
    return fail(Code::unavailable, "read the log's end after a failed commit: found next sequence {}, expected {}",
                end->next_seq, next_seq_);
  }
  next_seq_ = end->next_seq;
  last_time_ms_ = end->last_time_ms;
  suspect_ = false;
  signal_.publish(next_seq_ - 1);
  return {};
}

void LmdbLog::note_commit(const Status& outcome, size_t records, int64_t took_us) {
  std::lock_guard lock(stats_mutex_);
  if (!outcome) {
    ++counted_.failed_commits;
    counted_.last_error = outcome.error().message;
    return;
  }
  ++counted_.commits;
  counted_.records += records;
  counted_.sync_us_last = static_cast<uint64_t>(took_us);
  counted_.sync_us_total += static_cast<uint64_t>(took_us);
  counted_.last_error.clear();
  if (options_.on_commit) options_.on_commit(took_us);
}

/// What is done beside commits: while idle, and under load now and then.
void LmdbLog::tend(bool idle) {
  note_processed();
  if (!idle && commits_since_trim_ < kCommitsPerTrim) return;
  commits_since_trim_ = 0;
  if (idle && !stats().last_error.empty()) look_whether_it_works_again();
  trim_sometimes(idle);
  sweep_blobs();
}

/// Once in the log's life. What fails is tried again.
void LmdbLog::note_processed() {
  if (processed_ || keep_from_ <= 1) return;
  std::lock_guard lock(write_mutex_);
  if (suspect_) return;
  processed_ = store_->note_processed().has_value();
  suspect_ = !processed_;
}

/// Without this a log whose disk was full would be called unusable until the next delivery, which whoever looks at
/// readiness does not send.
void LmdbLog::look_whether_it_works_again() {
  std::lock_guard lock(write_mutex_);
  if (suspect_ && !recover()) return;
  suspect_ = !store_->try_commit();
  if (suspect_) return;
  std::lock_guard stats(stats_mutex_);
  counted_.last_error.clear();
}

/// Files change under the lock, see trim_step().
void LmdbLog::sweep_blobs() {
  std::lock_guard lock(write_mutex_);
  if (auto removed = sweep_.step(clock_.now_ms()); !removed) {
    std::lock_guard stats(stats_mutex_);
    counted_.last_error = removed.error().message;
  }
}

/// While idle one step after another until something comes; under load one step.
void LmdbLog::trim_sometimes(bool idle) {
  for (;;) {
    const auto more = trim_step();
    if (!more) {
      std::lock_guard lock(stats_mutex_);
      counted_.last_error = more.error().message;
      return;
    }
    if (!*more || !idle || queue_.depth().records > 0) return;
  }
}

}  // namespace hookswitch
