// KPIs over time, as charts ask for them: by hour, day or month of a tenant's clocks, whole or split by a dimension.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/error.h"
#include "engine/state/local_time.h"
#include "engine/state/store.h"

namespace hookswitch {

struct KpiQuery {
  std::string name;
  std::optional<std::string> tenant;  // nullopt: of all tenants together
  Period period = Period::day;
  int64_t from_ms = 0;  // the first bucket is the one that holds this moment, whole
  int64_t to_ms = 0;    // buckets that begin before this
  LocalZone zone = LocalZone::utc();
  std::string by;  // name of a dimension, "": not split
};

/// Numbers are in the KPI's own unit, not in millionths. min, p50 and p95 are of observed values, within 1 %, and min
/// is never above the average of what was only observed.
struct KpiBucket {
  int64_t start_ms = 0;
  int64_t end_ms = 0;
  std::string key;   // the dimension's value; "" when not split, and for what was counted without it
  double value = 0;  // the sum
  int64_t count = 0;
  double avg = 0;
  std::optional<double> min, p50, p95;
};

/// Buckets that hold something, in the order of time and key. Errors: `invalid` for an empty range, `too_large` beyond
/// limits::kKpiRowsRead or kKpiBuckets. `rows_read`, when given, grows by how many rows that took.
Result<std::vector<KpiBucket>> kpi_series(const Reader& reader, const KpiQuery& query, size_t* rows_read = nullptr);

}  // namespace hookswitch
