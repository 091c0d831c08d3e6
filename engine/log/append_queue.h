// What waits for the committer: bounded by number and by bytes, in order.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/base/error.h"
#include "engine/log/format.h"
#include "engine/log/log.h"
#include "engine/log/record_buffer.h"

namespace hookswitch {

struct PendingRecord {
  EncodedRecord record;
  Log::Done done;
};

/// What the committer takes at once.
struct Batch {
  std::vector<PendingRecord> records;
  RecordBuffer bytes;  // of the records, and the names of their blobs

  void clear() {
    records.clear();
    bytes.clear();
  }
};

class AppendQueue {
 public:
  /// Records are sealed with these keys; null: they are not.
  explicit AppendQueue(std::shared_ptr<const Keys> keys = nullptr) : keys_(std::move(keys)) {}

  /// [any] Copies the record, in the form it has on disk: so it is freed where it was made, and the committer has one
  /// copy to do. Sealing is done on the caller's thread, before the queue is locked: many do it side by side.
  /// `unavailable` when full (limits::kAppendQueue*) or closed; then `done` is untouched.
  Status push(const NewRecord& record, Log::Done& done);

  /// [committer] Waits for records, at most `wait`, and takes all there are into `out` (empty before). They count as
  /// queued until release(). False when the queue is closed and empty.
  bool take(Batch& out, std::chrono::milliseconds wait);

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
  const std::shared_ptr<const Keys> keys_;
  mutable std::mutex mutex_;
  std::condition_variable filled_;
  Batch waiting_;
  Depth depth_;
  bool idle_ = false;  // the committer sleeps in take()
  bool closed_ = false;
};

}  // namespace hookswitch
