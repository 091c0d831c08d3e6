// The log over LMDB: its committer thread, and what the other threads see of it.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "engine/log/append_queue.h"
#include "engine/log/blob_sweep.h"
#include "engine/log/cached_tail.h"
#include "engine/log/commit_signal.h"
#include "engine/log/file_extender.h"
#include "engine/log/log.h"
#include "engine/log/store.h"

namespace hookswitch {

class LmdbLog final : public Log {
 public:
  LmdbLog(LogOptions options, const Clock& clock, std::unique_ptr<LogStore> store, const LogEnd& end);
  ~LmdbLog() override;

  Status append(NewRecord& record, Done done) override;
  Result<size_t> read(uint64_t from_seq, size_t count, const Visit& visit,
                      const std::function<void(uint64_t, const Error&)>& corrupt) const override;
  Result<size_t> read_backwards(uint64_t from_seq, size_t count, const Visit& visit) const override;
  Result<uint64_t> seq_at(int64_t time_ms) const override;
  uint64_t last_seq() const override { return signal_.last_seq(); }
  uint64_t wait_beyond(uint64_t seq, int64_t wait_ms) const override { return signal_.wait_beyond(seq, wait_ms); }
  void wake() const override { signal_.wake(); }
  void keep_from(uint64_t seq) override { keep_from_ = seq; }
  void keep_aged_from(uint64_t seq) override { keep_aged_from_ = seq; }
  Result<bool> trim_step() override;
  Result<Redacted> redact_step(uint64_t from_seq, uint64_t end_seq, const Judge& judge) override;
  LogStats stats() const override;
  void stop() override;

 private:
  // The committer thread (committer.cc).
  void run();
  void commit_batch(std::span<PendingRecord> batch);
  void commit_group(std::span<PendingRecord> group);
  void sync_blobs(std::span<PendingRecord> all, std::vector<PendingRecord*>& group,
                  std::vector<std::pair<PendingRecord*, Error>>& refused);
  Status in_place() const;
  Status append_group(const std::vector<PendingRecord*>& group);
  Status recover();
  void note_growth();
  void note_commit(const Status& outcome, size_t records, int64_t took_us);
  void tend(bool idle);
  void trim_sometimes(bool idle);
  Result<bool> trim(const TrimLimits& trim_limits);
  void sweep_blobs();
  void note_processed();
  void look_whether_it_works_again();

  const LogOptions options_;
  const Clock& clock_;
  const std::unique_ptr<LogStore> store_;
  std::atomic<uint64_t> keep_from_ = 1;
  std::atomic<uint64_t> keep_aged_from_ = UINT64_MAX;
  std::atomic<bool> processed_;
  CachedTail cached_tail_;
  FileExtender extender_;
  AppendQueue queue_;
  mutable CommitSignal signal_;

  std::mutex write_mutex_;  // one writer: the committer, or whoever calls trim_step(). Blob files change under it

  // The committer's own.
  uint64_t next_seq_;
  int64_t last_time_ms_;
  bool suspect_ = false;  // the last commit failed: look what is on disk before the next one
  uint64_t commits_since_trim_ = 0;
  BlobSweep sweep_;

  mutable std::mutex stats_mutex_;
  LogStats counted_;  // only what is counted; the rest is looked up by stats()

  std::mutex stop_mutex_;
  std::thread committer_;  // last: everything it uses is there before it starts
};

}  // namespace hookswitch
