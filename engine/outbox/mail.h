// What other threads have to say to the outbox's: letters that are run there, and a bell.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace hookswitch {

/// Shared by whoever may still have something to say, so that it may outlive the thread that reads it. What is waiting
/// is bounded by the requests under way.
class OutboxMail {
 public:
  using Letter = std::move_only_function<void()>;

  /// [any] Dropped once closed.
  void post(Letter letter) {
    {
      std::lock_guard lock(mutex_);
      if (closed_) return;
      letters_.push_back(std::move(letter));
    }
    changed_.notify_one();
  }
  /// [any] Something has changed that must be looked at.
  void ring() {
    {
      std::lock_guard lock(mutex_);
      if (std::exchange(rung_, true)) return;
    }
    changed_.notify_one();
  }
  /// [outbox] Waits for letters or the bell, at most `wait_us`.
  std::vector<Letter> collect(int64_t wait_us) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::microseconds(wait_us), [&] { return rung_ || !letters_.empty(); });
    rung_ = false;
    return std::exchange(letters_, {});
  }
  void close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    letters_.clear();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Letter> letters_;
  bool rung_ = false;
  bool closed_ = false;
};

}  // namespace hookswitch
