// GET /kpis: what the rules counted, over time.
#include <algorithm>

#include "engine/api/kpi_json.h"
#include "engine/api/problem.h"
#include "engine/api/resources.h"
#include "engine/base/bytes.h"
#include "engine/state/cursor.h"
#include "engine/state/kpi_series.h"
#include "engine/state/kpis.h"

namespace hookswitch {
namespace {

constexpr int64_t kDayMs = 86'400'000;
constexpr size_t kNames = 10'000;                     // KPIs that are listed
constexpr size_t kPageBuckets = limits::kKpiBuckets;  // of all KPIs of a page together
constexpr size_t kPageRead = 100'000;                 // rows; the KPI that reaches it is the last of its page

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
  query.to_ms = request.query.time("to", *zone, parts.clock.now_ms() + 1);
  query.from_ms = request.query.time("from", *zone, query.to_ms - usual_span_ms(query.period));
  if (query.from_ms >= query.to_ms)
    return fail(Code::invalid, "list KPIs: found an empty range, expected `from` before `to`");
  query.zone = *zone;
  query.by = request.query.text("by");
  return query;
}

// What a cursor belongs to: every filter, so that it cannot be used with others. Times as they were asked for, since
// what is left out moves on from page to page.
std::string scope_of(const KpiQuery& query, const Query& asked) {
  std::string scope = "kpis";
  put_le(scope, static_cast<int32_t>(query.period));
  put_sized(scope, query.tenant.value_or(""));
  for (const char* filter : {"name", "from", "to", "by"}) put_sized(scope, asked.text(filter));
  return scope;
}

// The one asked for, or all of whose tenant it is asked.
Result<std::vector<std::string>> all_names(const Reader& reader, const KpiQuery& query, const Query& asked) {
  if (asked.has("name")) return std::vector<std::string>{asked.text("name")};
  auto names = kpi_names(reader, kNames + 1, query.tenant);
  if (auto status = reader.status(); !status) return std::unexpected(status.error());
  if (names.size() > kNames) return fail(Code::too_large, "list KPIs: found more than {}, expected a name", kNames);
  return names;
}

// Those of them that come after the page before.
Result<std::vector<std::string>> names_of(const Reader& reader, const KpiQuery& query, const Query& asked) {
  auto names = all_names(reader, query, asked);
  if (!names || asked.cursor().empty()) return names;
  auto place = decode_cursor(scope_of(query, asked), asked.cursor());
  if (!place) return std::unexpected(place.error());
  names->erase(names->begin(), std::upper_bound(names->begin(), names->end(), *place));
  return names;
}

// A page holds whole KPIs: as many as are asked for and not too many rows together, read or shown, one at least.
Response list_kpis(const ApiParts& parts, const ApiRequest& request) {
  auto query = query_of(parts, request);
  if (!query) return problem(query.error());
  auto reader = parts.store.read();
  if (!reader) return problem(reader.error());
  auto names = names_of(**reader, *query, request.query);
  if (!names) return problem(names.error());
  const size_t most = request.query.has("limit") ? request.query.limit() : limits::kPageRows;
  std::vector<Json> rows;
  size_t rows_read = 0;
  for (size_t i = 0; i < names->size(); ++i) {
    auto next = [&] { return encode_cursor(scope_of(*query, request.query), (*names)[i - 1]); };
    if (i == most || rows_read >= kPageRead) return list_answer(std::move(rows), next());
    query->name = (*names)[i];
    auto series = kpi_series(**reader, *query, &rows_read);
    if (!series) return problem(series.error());
    if (i > 0 && rows.size() + series->size() > kPageBuckets) return list_answer(std::move(rows), next());
    for (const KpiBucket& bucket : *series) rows.push_back(kpi_row(*query, bucket));
  }
  return list_answer(std::move(rows), "");
}

}  // namespace

void add_kpis(Endpoints& to, const ApiParts& parts) {
  to.push_back({.method = "GET",
                .path = "/api/v1/kpis",
                .summary = "KPIs over time, in the tenant's time zone (UTC over all tenants, where what was counted by "
                           "the hours of a zone that is half an hour off counts up to half an hour early); hours, days "
                           "and months without a value are left out. A page holds all rows of each of its KPIs",
                .query = {{"name", "one KPI; without it all of them"},
                          {"period", "length of a row; day when absent", ParameterType::word, {"hour", "day", "month"}},
                          {"from", "first row holds this moment; a date alone is that day of the rows' zone",
                           ParameterType::time},
                          {"to", "rows begin before this; a date alone as in `from`", ParameterType::time},
                          {"tenant", "business/location; without it all together"},
                          {"by", "name of a dimension to split by"},
                          {"limit", "KPIs of a page, by name", ParameterType::number, {}, limits::kPageRows},
                          {"cursor", "next_cursor of the page before"}},
                .answers = "KpiList",
                .slow = true,
                .handle = [&parts](ApiRequest& request) { return list_kpis(parts, request); }});
}

}  // namespace hookswitch
