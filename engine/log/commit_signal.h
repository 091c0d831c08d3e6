// Tells readers that the log has grown. Costs the committer one atomic store and one load while nobody waits.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace hookswitch {

class CommitSignal {
 public:
  uint64_t last_seq() const { return last_seq_.load(); }

  /// [committer] The newest committed sequence; never goes back.
  void publish(uint64_t last_seq);

  /// [any] Waits until last_seq() > seq, until wake() or for at most `wait_ms`. A wake() that found nobody waiting ends
  /// the next wait at once, so none is lost.
  uint64_t wait_beyond(uint64_t seq, int64_t wait_ms);
  void wake();

 private:
  std::atomic<uint64_t> last_seq_ = 0;
  std::atomic<int> waiters_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t wakes_ = 0;
  bool wake_kept_ = false;
};

}  // namespace hookswitch
