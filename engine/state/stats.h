// Totals over the calls of a stretch of time, for GET /stats.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/state/calls_page.h"
#include "engine/state/local_time.h"

namespace hookswitch {

struct CallTotals {
  uint64_t calls = 0;
  std::map<std::string, uint64_t> by_status;           // "" for calls whose status is not known
  uint64_t with_duration = 0;                          // calls that the averages are over
  double duration_secs = 0;                            // of those together
  std::optional<double> avg_secs, p50_secs, p95_secs;  // exact; unknown without durations
  std::map<std::string, double> cost;                  // by currency; "" when it was not said
};

struct CallStats {
  struct Day {
    int64_t start_ms = 0;  // of the day in the zone asked for
    CallTotals totals;
  };
  CallTotals totals;
  std::vector<Day> days;  // those with calls, in order
  bool complete = true;   // false: only the newest limits::kStatsCalls calls that were looked at are counted
};

/// Walks the calls of the filter in its range of time and reads each; days are those of `zone`.
Result<CallStats> call_stats(const Reader& reader, const CallFilter& filter, const LocalZone& zone);

}  // namespace hookswitch
