#include "engine/api/kpi_json.h"

#include "engine/base/time_text.h"

namespace hookswitch {

Json kpi_row(const KpiQuery& query, const KpiBucket& bucket) {
  auto known = [](const std::optional<double>& value) { return value ? Json(*value) : Json(); };
  return {{"name", query.name},
          {"tenant", query.tenant ? Json(*query.tenant) : Json()},
          {"start", rfc3339(bucket.start_ms)},
          {"end", rfc3339(bucket.end_ms)},
          {"key", query.by.empty() ? Json() : Json(bucket.key)},
          {"value", bucket.value},
          {"count", bucket.count},
          {"avg", bucket.avg},
          {"min", known(bucket.min)},
          {"p50", known(bucket.p50)},
          {"p95", known(bucket.p95)}};
}

}  // namespace hookswitch
