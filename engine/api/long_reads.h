// A thread for answers that take long to read, so that the threads of the HTTP server never do.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "engine/http/exchange.h"

namespace hookswitch {

class LongReads {
 public:
  static constexpr size_t kWaiting = 64;       // at once, of everybody
  static constexpr size_t kWaitingOfOne = 16;  // of them, of one that asks

  struct Read {
    std::string by;  // who asks: Caller::claimant()
    std::shared_ptr<Exchange> exchange;
    std::move_only_function<void()> answer;  // reads, and answers
  };

  LongReads();
  ~LongReads();  // stop()

  /// [any] Answers when it is its turn, or at once with 503: too many wait, or it is stopped. Who ask take turns, one
  /// reading each, so that nobody waits for all that another wants. Who has gone gives way to who has not.
  void run(Read read);
  /// [any] Returns when nothing waits and nothing is being read.
  void settle();
  /// Waits for what is being read, and answers what still waits with 503.
  void stop();

 private:
  void work();
  const char* no_place(std::string_view by) const;
  std::vector<Read> drop_gone();
  Read take_next();

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::vector<Read> waiting_;                // in the order they came
  std::map<std::string, uint64_t> turn_of_;  // when each that waits, and who was last, was read last or began to wait
  uint64_t turn_ = 0;
  bool reading_ = false;
  bool stopping_ = false;
  std::thread thread_;  // last: starts when everything else is there
};

}  // namespace hookswitch
