// Posts simulated deliveries to an engine: kept connections, a rate, and again later where the engine says 503.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "engine/base/error.h"
#include "engine/simulator/simulator.h"

namespace hookswitch {

struct SenderOptions {
  std::string base_url;         // "http://127.0.0.1:8080"
  std::string public_url;       // what providers sign: the engine's own idea of its address
  std::string key_pin;          // of https: the hash of the key that the engine must have, as libcurl writes it
  int connections = 32;         // requests under way at once
  double per_second = 0;        // 0: as fast as answers come
  int attempts = 5;             // of a delivery that is answered 503, or not at all
  int64_t retry_ms = 1'000;     // from the first answer 503 to the second attempt; twice as long each time
  int64_t timeout_ms = 30'000;  // of one attempt
};

struct SendSummary {
  uint64_t sent = 0;                  // deliveries, each counted once
  uint64_t duplicates = 0;            // of them, sent a second time on purpose
  std::map<int, uint64_t> by_status;  // the last answer to each; 0: none
  uint64_t retries = 0;
  int64_t took_us = 0;
  int64_t p50_us = 0, p99_us = 0;  // of all attempts that were answered

  bool all_accepted() const;
};

/// Sends everything that `simulation` tells and waits for every answer. `progress` is called about twice a second; when
/// it returns false nothing new is sent.
Result<SendSummary> send_all(Simulation& simulation, const SenderOptions& options,
                             const std::function<bool(const SendSummary&)>& progress);

}  // namespace hookswitch
