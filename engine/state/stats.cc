#include "engine/state/stats.h"

#include <algorithm>
#include <cmath>

#include "engine/base/limits.h"

namespace hookswitch {
namespace {

// Totals on their way, with every duration kept for the quantiles.
struct Counting {
  CallTotals totals;
  std::vector<double> durations;

  void add(const Call& call) {
    ++totals.calls;
    ++totals.by_status[std::string(call.text(CallField::status))];
    if (auto* secs = std::get_if<double>(&call.get(CallField::duration_secs))) durations.push_back(*secs);
    if (auto* cost = std::get_if<double>(&call.get(CallField::cost))) {
      totals.cost[std::string(call.text(CallField::currency))] += *cost;
    }
  }

  CallTotals finish() {
    if (durations.empty()) return std::move(totals);
    std::ranges::sort(durations);
    for (double secs : durations) totals.duration_secs += secs;
    totals.with_duration = durations.size();
    totals.avg_secs = totals.duration_secs / static_cast<double>(durations.size());
    totals.p50_secs = at_share(0.5);
    totals.p95_secs = at_share(0.95);
    return std::move(totals);
  }

  // The value at or below which this share of the sorted durations lies.
  double at_share(double share) const {
    auto rank = static_cast<size_t>(std::ceil(share * static_cast<double>(durations.size())));
    return durations[std::max<size_t>(rank, 1) - 1];
  }
};

}  // namespace

Result<CallStats> call_stats(const Reader& reader, const CallFilter& filter, const LocalZone& zone) {
  Counting whole;
  std::map<int64_t, Counting> days;
  auto complete = visit_calls(reader, filter, limits::kStatsCalls, [&](const Call& call) {
    whole.add(call);
    days[zone.start_of(Period::day, call_order_ms(call))].add(call);
    return true;
  });
  if (!complete) return std::unexpected(complete.error());
  CallStats stats;
  stats.complete = *complete;
  stats.totals = whole.finish();
  for (auto& [start_ms, day] : days) stats.days.push_back({start_ms, day.finish()});
  return stats;
}

}  // namespace hookswitch
