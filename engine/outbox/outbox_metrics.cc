#include "engine/outbox/outbox_metrics.h"

#include <algorithm>

namespace hookswitch {
namespace {

std::string class_of(const HttpResult& result) {
  if (!result) return result.error().sent == Sent::no ? "not_sent" : "cut_off";
  return std::to_string(result->status / 100) + "xx";
}

}  // namespace

void OutboxMetrics::begun(const std::string& to, int64_t late_ms) {
  metrics_
      .histogram("hookswitch_outbox_late_seconds", "From when an action was due to when it was begun.", {{"to", to}})
      .observe(static_cast<double>(std::max<int64_t>(late_ms, 0)) / 1e3);
}

void OutboxMetrics::not_granted(const std::string& to) {
  metrics_.counter("hookswitch_outbox_not_granted_total", "Claims that the processor did not grant.", {{"to", to}})
      .add();
}

void OutboxMetrics::lost(const std::string& to) {
  metrics_.counter("hookswitch_outbox_lost_total", "Attempts that were under way when an engine ended.", {{"to", to}})
      .add();
}

void OutboxMetrics::answered(const std::string& to, bool look, const HttpResult& result, int64_t took_us) {
  metrics_
      .counter("hookswitch_outbox_requests_total", "Requests by what came back.",
               {{"to", to}, {"kind", look ? "look" : "attempt"}, {"answer", class_of(result)}})
      .add();
  metrics_.histogram("hookswitch_outbox_request_seconds", "From sending a request to its answer.", {{"to", to}})
      .observe(static_cast<double>(took_us) / 1e6);
}

void OutboxMetrics::outcome(const std::string& to, const std::string& status) {
  metrics_
      .counter("hookswitch_outbox_attempts_total", "Attempts by what the action was afterwards.",
               {{"to", to}, {"status", status}})
      .add();
}

void OutboxMetrics::state(const std::string& to, bool well, int under_way, int calls) {
  metrics_.gauge("hookswitch_outbox_open", "1 while nothing is sent there because it fails.", {{"to", to}})
      .set(well ? 0 : 1);
  metrics_.gauge("hookswitch_outbox_under_way", "Actions claimed, sent or asked about.", {{"to", to}}).set(under_way);
  metrics_.gauge("hookswitch_outbox_calls", "Calls placed whose end was not heard yet.", {{"to", to}}).set(calls);
}

}  // namespace hookswitch
