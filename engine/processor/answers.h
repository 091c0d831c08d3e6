// Where a network thread waits for the answer that the processor will decide: TwiML for a ringing call, the outcome of
// a command. Each wait ends exactly once: with the processor's answer, or with nothing at its deadline.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>

#include "engine/base/clock.h"

namespace hookswitch {

struct Answer {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
};

class Answers {
 public:
  /// Called once, on the processor's thread or on this object's own; nullopt: the deadline passed first.
  using Waiter = std::move_only_function<void(std::optional<Answer>)>;

  explicit Answers(const Clock& clock);
  ~Answers();  // every waiter left is called with nullopt

  /// [any] Waits for the answer to record `seq` until `deadline_us` (Clock::steady_us). An answer that came before the
  /// wait is given at once: the processor may be faster than the thread that was told the sequence.
  void wait(uint64_t seq, int64_t deadline_us, Waiter waiter);

  /// [processor] The answer to record `seq`; kept for a moment when nobody waits yet.
  void offer(uint64_t seq, Answer answer);

  uint64_t missed_deadlines() const;

 private:
  void watch_deadlines();
  void remember_early(uint64_t seq, Answer answer);

  const Clock& clock_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  uint64_t missed_ = 0;
  std::unordered_map<uint64_t, Waiter> waiters_;
  std::multimap<int64_t, uint64_t> deadlines_;  // by time; entries of answered waits are skipped
  std::unordered_map<uint64_t, Answer> early_;
  std::deque<uint64_t> early_order_;
  std::thread thread_;  // last: starts when everything else is there
};

}  // namespace hookswitch
