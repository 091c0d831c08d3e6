// Whether the threads that answer requests still take their turn: what a watchdog wants to know.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/http/server.h"

namespace hookswitch::cli {

/// [main] Asks every event loop to answer, and remembers when all of them last did.
class Heartbeat {
 public:
  /// `server` outlives it.
  Heartbeat(Server& server, size_t loops) : server_(server), answered_(std::make_shared<Answered>(loops)) {}

  /// To be called now and then; false once a loop has been silent for `patience` calls in a row.
  bool beat(int patience);

 private:
  using Answered = std::vector<std::atomic<uint64_t>>;  // by loop: the newest beat it answered
  Server& server_;
  std::shared_ptr<Answered> answered_;  // also of tasks that a loop has not come to yet
  uint64_t beats_ = 0;
};

}  // namespace hookswitch::cli
