// How the sync thread waits: for a bell, for something that somebody else brings, or for a time; and not at all once it
// is to stop.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

namespace hookswitch {

class Bell {
 public:
  /// [any]
  void ring() {
    {
      std::lock_guard lock(mutex_);
      rung_ = true;
    }
    changed_.notify_all();
  }
  /// [any] Every wait ends, now and later.
  void stop() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
  }
  bool stopping() const {
    std::lock_guard lock(mutex_);
    return stopping_;
  }

  /// Until the bell rings, at most so long. False: it is time to stop.
  bool wait(int64_t wait_ms) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::milliseconds(wait_ms), [&] { return rung_ || stopping_; });
    rung_ = false;
    return !stopping_;
  }
  /// All of the time, whoever rings. False: it is time to stop.
  bool sleep(int64_t ms) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::milliseconds(ms), [&] { return stopping_; });
    return !stopping_;
  }

  /// A place for one thing that another thread brings, perhaps after nobody waits for it any more.
  template <class T>
  class Parcel {
   public:
    explicit Parcel(Bell& bell) : bell_(bell) {}
    /// [any] Once, while the bell lives.
    void bring(T value) {
      {
        std::lock_guard lock(bell_.mutex_);
        value_ = std::move(value);
      }
      bell_.changed_.notify_all();
    }
    /// nullopt: it is time to stop.
    std::optional<T> wait() {
      std::unique_lock lock(bell_.mutex_);
      bell_.changed_.wait(lock, [&] { return value_ || bell_.stopping_; });
      return std::move(value_);
    }

   private:
    Bell& bell_;
    std::optional<T> value_;
  };

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool rung_ = false;
  bool stopping_ = false;
};

}  // namespace hookswitch
