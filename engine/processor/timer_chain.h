// Notices timers that set each other without end: each of their records is one more on disk.
#pragma once

#include <atomic>
#include <cstdint>
#include <unordered_map>

namespace hookswitch {

class TimerChain {
 public:
  /// As many, one set by the other's event and all fired within a minute, are meant by nobody.
  static constexpr uint64_t kLong = 1'000;

  /// [processor] A timer's record, and that of the event which set it. Said twice of a record, it counts once.
  void fired(uint64_t seq, uint64_t set_by, int64_t time_ms) {
    if (time_ms - began_ms_ >= kMinuteMs || time_ms < began_ms_) {
      lengths_.clear();
      began_ms_ = time_ms;
    }
    auto before = lengths_.find(set_by);
    const uint64_t length = (before == lengths_.end() ? 0 : before->second) + 1;
    lengths_[seq] = length;
    if (length < kLong) return;
    last_seq_ = seq;
    last_ms_ = time_ms;
  }

  /// [any] The last record of such a chain while it goes on, and for two minutes after; 0: there is none.
  uint64_t endless(int64_t now_ms) const { return now_ms - last_ms_ < 2 * kMinuteMs ? last_seq_.load() : 0; }

 private:
  static constexpr int64_t kMinuteMs = 60'000;
  std::unordered_map<uint64_t, uint64_t> lengths_;  // by sequence, of those of this minute
  int64_t began_ms_ = 0;
  std::atomic<uint64_t> last_seq_{0};
  std::atomic<int64_t> last_ms_{0};
};

}  // namespace hookswitch
