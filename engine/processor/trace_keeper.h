// Keeps what rules did with the newest events, as it ran: encodes it while a batch is under way and writes it with it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/processor/event_trace.h"
#include "engine/state/traces.h"

namespace hookswitch {

class TraceKeeper {  // [processor]
 public:
  /// Of the newest `keep` events; 0: of none.
  explicit TraceKeeper(uint64_t keep) : keep_(keep) {}

  /// Forgets what was not written of a batch that failed. `writer` and `rules` must live until end().
  void begin(Writer& writer, const RuleSet& rules);
  /// The record that is handled next: events of a redriven record belong to the command that redrove it.
  void at(uint64_t position) { position_ = position; }
  void add(const Event& event, const Evaluation& evaluation);
  /// Writes, and trims `rows` rows at most.
  void end(size_t rows);

 private:
  const uint64_t keep_;
  uint64_t position_ = 0;
  const RuleSet* rules_ = nullptr;
  std::optional<TraceRows> rows_;
  std::string bytes_;
};

}  // namespace hookswitch
