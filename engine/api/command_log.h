// Commands become records of the log, and whoever asked is answered when their effects are committed.
#pragma once

#include <functional>
#include <optional>

#include "engine/api/parts.h"

namespace hookswitch {

class CommandLog {
 public:
  using Done = std::function<void(Response)>;
  /// Calls `then` with the answer to record `seq` once it was processed, or with nullopt at `deadline_us`
  /// (Clock::steady_us). [any]
  using Wait =
      std::function<void(uint64_t seq, int64_t deadline_us, std::function<void(std::optional<Response>)> then)>;

  CommandLog(Log& log, const Clock& clock, Wait wait, int64_t wait_ms = limits::kCommandWaitMs)
      : log_(log), clock_(clock), wait_(std::move(wait)), wait_ms_(wait_ms) {}

  /// [any] What ApiParts::submit wants. 503 when the log cannot take it; 202 when it is logged and will be carried out,
  /// but not within the time that a client waits. `more`: further headers of its record.
  void submit(Command command, Done done, const Headers& more = {});

 private:
  Log& log_;
  const Clock& clock_;
  const Wait wait_;
  const int64_t wait_ms_;
};

}  // namespace hookswitch
