#include "engine/ingest/disable_guard.h"

#include <spdlog/spdlog.h>

#include "engine/base/time_text.h"

namespace hookswitch {

void DisableGuard::watch(const std::string& source, DisableRule rule, std::optional<int64_t> last_success_ms) {
  if (rule.failures == 0) return;
  Labels labels{{"source", source}};
  Watched watched{.rule = rule, .last_success_ms = last_success_ms};
  watched.failures_gauge =
      &metrics_.gauge("hookswitch_webhook_failures_in_a_row", "Deliveries since the last accepted one.", labels);
  watched.at_risk_gauge =
      &metrics_.gauge("hookswitch_webhook_at_risk",
                      "1 when half of the failures have happened for which its provider disables a webhook.", labels);
  std::lock_guard lock(mutex_);
  sources_.try_emplace(source, watched);
}

void DisableGuard::succeeded(const std::string& source) {
  std::lock_guard lock(mutex_);
  auto found = sources_.find(source);
  if (found == sources_.end()) return;
  Watched& watched = found->second;
  watched.last_success_ms = clock_.now_ms();
  if (watched.failures == 0) return;
  bool was = watched.at_risk();
  watched.failures = 0;
  show(source, watched, was);
}

void DisableGuard::failed(const std::string& source) {
  std::lock_guard lock(mutex_);
  auto found = sources_.find(source);
  if (found == sources_.end()) return;
  bool was = found->second.at_risk();
  ++found->second.failures;
  show(source, found->second, was);
}

void DisableGuard::show(const std::string& source, Watched& watched, bool was_at_risk) {
  watched.failures_gauge->set(static_cast<double>(watched.failures));
  watched.at_risk_gauge->set(watched.at_risk() ? 1 : 0);
  if (watched.at_risk() == was_at_risk) return;
  if (!watched.at_risk()) {
    spdlog::info("source {}: a delivery was accepted, its webhook is safe", source);
    return;
  }
  spdlog::error(
      "source {}: {} deliveries in a row were not accepted, the last one that was: {}; its provider switches the "
      "webhook "
      "off after {} once the last success is {} s ago; `hookswitch doctor {}` says what is wrong",
      source, watched.failures, watched.last_success_ms ? rfc3339(*watched.last_success_ms) : "none that is known",
      watched.rule.failures, watched.rule.quiet_ms / 1000, source);
}

Json DisableGuard::status() const {
  std::lock_guard lock(mutex_);
  Json out = Json::object();
  for (const auto& [source, watched] : sources_) {
    Json last = nullptr;
    if (watched.last_success_ms) last = rfc3339(*watched.last_success_ms);
    out[source] = {
        {"failures_in_a_row", watched.failures},
        {"last_success", last},
        {"at_risk", watched.at_risk()},
        {"disabled_after", {{"failures", watched.rule.failures}, {"quiet_secs", watched.rule.quiet_ms / 1000}}}};
  }
  return out;
}

}  // namespace hookswitch
