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
      std::lock_guard lock(shared_->mutex);
      shared_->rung = true;
    }
    shared_->changed.notify_all();
  }
  /// [any] Every wait ends, now and later.
  void stop() {
    {
      std::lock_guard lock(shared_->mutex);
      shared_->stopping = true;
    }
    shared_->changed.notify_all();
  }
  bool stopping() const {
    std::lock_guard lock(shared_->mutex);
    return shared_->stopping;
  }

  /// Until the bell rings, at most so long. False: it is time to stop.
  bool wait(int64_t wait_ms) {
    std::unique_lock lock(shared_->mutex);
    shared_->changed.wait_for(lock, std::chrono::milliseconds(wait_ms),
                              [&] { return shared_->rung || shared_->stopping; });
    shared_->rung = false;
    return !shared_->stopping;
  }
  /// All of the time, whoever rings. False: it is time to stop.
  bool sleep(int64_t ms) {
    std::unique_lock lock(shared_->mutex);
    shared_->changed.wait_for(lock, std::chrono::milliseconds(ms), [&] { return shared_->stopping; });
    return !shared_->stopping;
  }

 private:
  struct Shared {
    std::mutex mutex;
    std::condition_variable changed;
    bool rung = false;      // guarded by it
    bool stopping = false;  // the same
  };

 public:
  /// A place for one thing that another thread brings, perhaps after nobody waits for it any more, nor the bell lives.
  template <class T>
  class Parcel {
   public:
    explicit Parcel(Bell& bell) : shared_(bell.shared_) {}
    /// [any] Once.
    void bring(T value) {
      {
        std::lock_guard lock(shared_->mutex);
        value_ = std::move(value);
      }
      shared_->changed.notify_all();
    }
    /// nullopt: it is time to stop.
    std::optional<T> wait() {
      std::unique_lock lock(shared_->mutex);
      shared_->changed.wait(lock, [&] { return value_ || shared_->stopping; });
      return std::move(value_);
    }

   private:
    const std::shared_ptr<Shared> shared_;
    std::optional<T> value_;
  };

 private:
  const std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

}  // namespace hookswitch
