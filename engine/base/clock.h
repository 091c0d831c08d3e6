// The one door through which time comes in, so that a test can hold the handle.
#pragma once

#include <atomic>
#include <cstdint>

namespace hookswitch {

class Clock {
 public:
  virtual ~Clock() = default;
  /// Milliseconds since the Unix epoch, UTC. May jump when the machine's clock is set. [any]
  virtual int64_t now_ms() const = 0;
  /// Microseconds that never go back, for deadlines and measurements. [any]
  virtual int64_t steady_us() const = 0;
};

/// The machine's own clock.
class SystemClock final : public Clock {
 public:
  int64_t now_ms() const override;
  int64_t steady_us() const override;
};

/// A clock that stands still until it is told to move.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(int64_t now_ms) : now_ms_(now_ms) {}
  int64_t now_ms() const override { return now_ms_.load(); }
  int64_t steady_us() const override { return now_ms_.load() * 1000; }
  void set_ms(int64_t now_ms) { now_ms_.store(now_ms); }
  void advance_ms(int64_t by_ms) { now_ms_.fetch_add(by_ms); }

 private:
  std::atomic<int64_t> now_ms_;
};

}  // namespace hookswitch
