// GET /kpis: what the rules counted, over time.
#include <algorithm>

#include "engine/api/kpi_json.h"
#include "engine/api/problem.h"
#include "engine/api/resources.h"
#include "engine/state/kpi_series.h"
#include "engine/state/kpis.h"

namespace hookswitch {
namespace {

constexpr int64_t kDayMs = 86'400'000;

Period period_of(const std::string& word) {
  if (word == "hour") return Period::hour;
  return word == "month" ? Period::month : Period::day;
}

// What a chart shows when nobody says from when: a day of hours, a month of days, a year of months.
int64_t usual_span_ms(Period period) {
  if (period == Period::hour) return kDayMs;
  return period == Period::day ? 30 * kDayMs : 365 * kDayMs;
}

Result<KpiQuery> query_of(const ApiParts& parts, const ApiRequest& request) {
  auto tenant = request.tenant();
  if (!tenant) return std::unexpected(tenant.error());
  auto zone = LocalZone::find(tenant->empty() ? "UTC" : parts.timezone_of(*tenant));
  if (!zone) return std::unexpected(zone.error());
  KpiQuery query;
  if (!tenant->empty()) query.tenant = *tenant;
  query.period = period_of(request.query.text("period"));
  query.to_ms = request.query.time("to", parts.clock.now_ms() + 1);
  query.from_ms = request.query.time("from", query.to_ms - usual_span_ms(query.period));
  query.zone = *zone;
  query.by = request.query.text("by");
  return query;
}

Response list(const ApiParts& parts, const ApiRequest& request) {
  auto query = query_of(parts, request);
  if (!query) return problem(query.error());
  auto reader = parts.store.read();
  if (!reader) return problem(reader.error());
  std::vector<std::string> names{request.query.text("name")};
  if (names[0].empty()) names = kpi_names(**reader, limits::kPageRows);
  std::vector<Json> rows;
  for (const std::string& name : names) {
    query->name = name;
    auto series = kpi_series(**reader, *query);
    if (!series) return problem(series.error());
    for (const KpiBucket& bucket : *series) rows.push_back(kpi_row(*query, bucket));
  }
  return list_answer(std::move(rows), "");
}

}  // namespace

void add_kpis(Endpoints& to, const ApiParts& parts) {
  to.push_back({.method = "GET",
                .path = "/api/v1/kpis",
                .summary = "KPIs over time, in the tenant's time zone (UTC over all tenants); hours, days and months "
                           "without a value are left out",
                .query = {{"name", "one KPI; without it all of them"},
                          {"period", "length of a row; day when absent", ParameterType::word, {"hour", "day", "month"}},
                          {"from", "first row holds this moment", ParameterType::time},
                          {"to", "rows begin before this", ParameterType::time},
                          {"tenant", "business/location; without it all together"},
                          {"by", "name of a dimension to split by"}},
                .answers = "KpiList",
                .handle = [&parts](ApiRequest& request) { return list(parts, request); }});
}

}  // namespace hookswitch
