// GET /stats: totals over calls.
#include "engine/state/stats.h"

#include "engine/api/problem.h"
#include "engine/api/resources.h"
#include "engine/base/time_text.h"

namespace hookswitch {
namespace {

// Unknown statuses and currencies have no name of their own in the state.
template <class Map>
Json named(const Map& map) {
  Json out = Json::object();
  for (const auto& [key, value] : map) out[key.empty() ? "unknown" : key] = value;
  return out;
}

Json totals_of(const CallTotals& totals) {
  auto known = [](const std::optional<double>& value) { return value ? Json(*value) : Json(); };
  return {{"calls", totals.calls},
          {"by_status", named(totals.by_status)},
          {"duration_secs", totals.duration_secs},
          {"avg_duration_secs", known(totals.avg_secs)},
          {"p50_duration_secs", known(totals.p50_secs)},
          {"p95_duration_secs", known(totals.p95_secs)},
          {"cost", named(totals.cost)}};
}

Response totals(const ApiParts& parts, const ApiRequest& request) {
  auto tenant = request.tenant();
  if (!tenant) return problem(tenant.error());
  auto zone = LocalZone::find(tenant->empty() ? "UTC" : parts.timezone_of(*tenant));
  if (!zone) return problem(zone.error());
  CallFilter filter;
  filter.tenant = *tenant;
  filter.source = request.query.text("source");
  filter.agent = request.query.text("agent");
  filter.direction = request.query.text("direction");
  filter.from_ms = request.query.time("from", *zone, filter.from_ms);
  filter.to_ms = request.query.time("to", *zone, filter.to_ms);
  auto reader = parts.store.read();
  if (!reader) return problem(reader.error());
  auto stats = call_stats(**reader, filter, *zone);
  if (!stats) return problem(stats.error());
  Json out = totals_of(stats->totals);
  out["complete"] = stats->complete;
  out["days"] = Json::array();
  for (const CallStats::Day& day : stats->days) {
    out["days"].push_back(totals_of(day.totals));
    out["days"].back()["start"] = rfc3339(day.start_ms);
  }
  return json_answer(out);
}

}  // namespace

void add_stats(Endpoints& to, const ApiParts& parts) {
  to.push_back({.method = "GET",
                .path = "/api/v1/stats",
                .summary = "Totals over calls, whole and by day of the tenant's time zone; `complete` is false when "
                           "there were more calls than are counted at once",
                .query = {{"tenant", "business/location"},
                          {"source", "configured source"},
                          {"agent", "the provider's id of the agent"},
                          {"direction", "who called", ParameterType::word, {"inbound", "outbound"}},
                          {"from", "started at or after; a date alone is that day of the zone", ParameterType::time},
                          {"to", "started before; a date alone as in `from`", ParameterType::time}},
                .answers = "Stats",
                .slow = true,
                .handle = [&parts](ApiRequest& request) { return totals(parts, request); }});
}

}  // namespace hookswitch
