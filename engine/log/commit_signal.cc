#include "engine/log/commit_signal.h"

#include <chrono>
#include <utility>

namespace hookswitch {

void CommitSignal::publish(uint64_t last_seq) {
  last_seq_.store(last_seq);
  // Both sides are sequentially consistent: either the waiter sees the new sequence, or it is counted here.
  if (waiters_.load() == 0) return;
  std::lock_guard lock(mutex_);
  changed_.notify_all();
}

uint64_t CommitSignal::wait_beyond(uint64_t seq, int64_t wait_ms) {
  if (const uint64_t last = last_seq(); last > seq) return last;
  std::unique_lock lock(mutex_);
  if (std::exchange(wake_kept_, false)) return last_seq();
  const uint64_t wakes = wakes_;
  waiters_.fetch_add(1);
  changed_.wait_for(lock, std::chrono::milliseconds(wait_ms), [&] { return last_seq() > seq || wakes_ != wakes; });
  waiters_.fetch_sub(1);
  return last_seq();
}

void CommitSignal::wake() {
  std::lock_guard lock(mutex_);
  ++wakes_;
  if (waiters_.load() == 0) wake_kept_ = true;
  changed_.notify_all();
}

}  // namespace hookswitch
