#include "engine/log/append_queue.h"

#include <utility>

#include "engine/base/limits.h"

namespace hookswitch {

Status AppendQueue::push(NewRecord& record, Log::Done& done, size_t bytes) {
  bool wake = false;
  {
    std::lock_guard lock(mutex_);
    if (closed_) return fail(Code::unavailable, "append to the log: it is stopping");
    if (depth_.records + 1 > limits::kAppendQueueRecords || depth_.bytes + bytes > limits::kAppendQueueBytes) {
      return fail(Code::unavailable, "append to the log: its queue is full with {} records of {} bytes", depth_.records,
                  depth_.bytes);
    }
    waiting_.push_back({std::move(record), std::move(done), bytes});
    ++depth_.records;
    depth_.bytes += bytes;
    wake = std::exchange(idle_, false);
  }
  if (wake) filled_.notify_one();
  return {};
}

bool AppendQueue::take(std::vector<PendingRecord>& out, std::chrono::milliseconds wait) {
  std::unique_lock lock(mutex_);
  if (waiting_.empty() && !closed_) {
    idle_ = true;
    filled_.wait_for(lock, wait, [&] { return !waiting_.empty() || closed_; });
    idle_ = false;
  }
  out.swap(waiting_);
  return !(closed_ && out.empty());
}

void AppendQueue::release(uint64_t records, uint64_t bytes) {
  std::lock_guard lock(mutex_);
  depth_.records -= records;
  depth_.bytes -= bytes;
}

void AppendQueue::close() {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
  }
  filled_.notify_all();
}

AppendQueue::Depth AppendQueue::depth() const {
  std::lock_guard lock(mutex_);
  return depth_;
}

}  // namespace hookswitch
