// What waits for the committer: bounded by number and by bytes, in order.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <vector>

#include "engine/base/error.h"
#include "engine/log/log.h"

namespace hookswitch {

struct PendingRecord {
  NewRecord record;
  Log::Done done;
  size_t bytes = 0;  // on disk
};

class AppendQueue {
 public:
  /// [any] `unavailable` when full (limits::kAppendQueue*) or closed; then `record` is untouched.
  Status push(NewRecord& record, Log::Done& done, size_t bytes);

  /// [committer] Waits for records, at most `wait`, and takes all there are into `out` (empty before). They count as
  /// queued until release(). False when the queue is closed and empty.
  bool take(std::vector<PendingRecord>& out, std::chrono::milliseconds wait);

  /// [committer] These were committed or refused: makes room.
  void release(uint64_t records, uint64_t bytes);

  /// Refuses further records and wakes the committer.
  void close();

  struct Depth {
    uint64_t records = 0;
    uint64_t bytes = 0;
  };
  Depth depth() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable filled_;
  std::vector<PendingRecord> waiting_;
  Depth depth_;
  bool idle_ = false;  // the committer sleeps in take()
  bool closed_ = false;
};

}  // namespace hookswitch
