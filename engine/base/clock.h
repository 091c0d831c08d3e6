// The one door through which time comes in, so that a test can hold the handle.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>

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
  explicit ManualClock(int64_t now_ms) : steady_ms_(now_ms) {}
  int64_t now_ms() const override { return steady_ms_.load() + ahead_ms_.load(); }
  int64_t steady_us() const override { return steady_ms_.load() * 1000; }
  void set_ms(int64_t now_ms) { steady_ms_.store(now_ms - ahead_ms_.load()); }
  void advance_ms(int64_t by_ms) { steady_ms_.fetch_add(by_ms); }
  /// The machine's clock is put right by so much, while no time goes by.
  void jump_ms(int64_t by_ms) { ahead_ms_.fetch_add(by_ms); }

 private:
  std::atomic<int64_t> steady_ms_;
  std::atomic<int64_t> ahead_ms_{0};
};

/// How long ago something surely was of which only the clock's time is known. A clock that is set forward makes nothing
/// older, and whoever waits long enough to be sure of something must not be sure because of that. What was before this
/// began is counted from its beginning. Of one thread.
class Elapsed {
 public:
  explicit Elapsed(const Clock& clock);
  /// Sees whether the clock was set: to be called every few seconds.
  void look();
  /// Never more than the time since the clock said `then_ms`, and less where that is not known.
  int64_t since_ms(int64_t then_ms);

 private:
  struct Stretch {
    int64_t wall_ms, steady_ms;  // from then on the clock was not set
  };

  const Clock& clock_;
  std::deque<Stretch> stretches_;
};

}  // namespace hookswitch
