// Appending many records to a log, a bounded number of them under way at once.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <thread>

#include "engine/log/log.h"

namespace hookswitch::bench {

/// Appends make(0) ... make(count - 1) and returns when all are on disk. `at_once` decides how large the log's groups
/// become: about half of it. False when the log refused one.
inline bool append_all(Log& log, uint64_t count, uint64_t at_once, const std::function<NewRecord(uint64_t)>& make) {
  std::atomic<uint64_t> done{0};
  std::atomic<bool> failed{false};
  auto on_done = [&](const Result<uint64_t>& stored) {
    if (!stored) failed = true;
    ++done;
    done.notify_one();
  };
  for (uint64_t i = 0; i < count; ++i) {
    NewRecord record = make(i);
    for (uint64_t now = done; i - now >= at_once; now = done) done.wait(now);
    while (!log.append(record, on_done)) std::this_thread::yield();
  }
  for (uint64_t now = done; now < count; now = done) done.wait(now);
  return !failed;
}

}  // namespace hookswitch::bench
