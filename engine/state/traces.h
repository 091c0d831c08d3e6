// What rules did with the newest events, as it ran: kept for people, trimmed from the old end.
//
// Table traces, key: u64 big-endian position (the record under way), u32 big-endian how many of that position's traces
// come before. Row: varint how many traces there ever were before this row, then traces, for each: varint position less
// the key's, sized bytes (processor/event_trace.h has them). Sized: varint and bytes. Many traces share a row, so that
// keeping them costs next to nothing. They hold times of this machine, so the log alone does not determine them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "engine/state/store.h"

namespace hookswitch {

/// Gathers the traces of one batch into rows. Ascending positions, above those of earlier batches. [one thread]
class TraceRows {
 public:
  /// `writer` must live until finish().
  explicit TraceRows(Writer& writer);
  void add(uint64_t position, std::string_view trace);
  /// Writes what is left, then removes the oldest rows, no more than `rows` of them, while `keep` traces remain.
  void finish(uint64_t keep, size_t rows);

 private:
  void write_row();

  Writer& writer_;
  uint64_t ever_ = 0;      // traces before the next one
  uint64_t position_ = 0;  // of the newest trace
  uint32_t nth_ = 0;       // of it among those of that position
  uint64_t key_position_ = 0;
  std::string key_, row_;
};

/// Every trace of that position, in order.
void visit_traces(const Reader& reader, uint64_t position, const std::function<void(std::string_view trace)>& visit);

/// The position from which on all traces are kept; 0: there are none.
uint64_t first_traced(const Reader& reader);

uint64_t count_traces(const Reader& reader);

}  // namespace hookswitch
