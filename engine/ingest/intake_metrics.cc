#include "engine/ingest/intake_metrics.h"

#include <spdlog/spdlog.h>

namespace hookswitch {
namespace {
constexpr int64_t kComplainEveryUs = 1'000'000;
constexpr const char* kUsualReasons[] = {"missing_signature", "signature_mismatch"};
}  // namespace

IntakeMetrics::IntakeMetrics(Metrics& metrics, const Clock& clock)
    : metrics_(metrics),
      clock_(clock),
      guard_(metrics, clock),
      seconds_(metrics.histogram("hookswitch_intake_seconds", "From the end of the headers to the commit.")) {}

Counter& IntakeMetrics::accepted_counter(const std::string& source) {
  {
    std::shared_lock lock(mutex_);
    if (auto found = accepted_.find(source); found != accepted_.end()) return *found->second;
  }
  Counter& counter =
      metrics_.counter("hookswitch_accepted_total", "Deliveries answered with success.", {{"source", source}});
  std::unique_lock lock(mutex_);
  accepted_[source] = &counter;
  return counter;
}

Counter& IntakeMetrics::refused_counter(const std::string& source, const std::string& reason) {
  return metrics_.counter("hookswitch_refused_total", "Deliveries not accepted, by reason.",
                          {{"source", source}, {"reason", reason}});
}

void IntakeMetrics::expect(const std::string& source) {
  accepted_counter(source);
  for (const char* reason : kUsualReasons) refused_counter(source, reason);
}

void IntakeMetrics::accepted(const std::string& source, int64_t took_us) {
  accepted_counter(source).add();
  guard_.succeeded(source);
  seconds_.observe(static_cast<double>(took_us) / 1e6);
}

void IntakeMetrics::refused(const std::string& source, const std::string& reason) {
  refused_counter(source, reason).add();
  guard_.failed(source);
}

void IntakeMetrics::missed_deadline(const std::string& source) {
  metrics_.counter("hookswitch_default_replies_total", "Answers that rules did not give in time.", {{"source", source}})
      .add();
}

void IntakeMetrics::complain(const std::string& source, const std::string& why) {
  {
    std::unique_lock lock(mutex_);
    int64_t now_us = clock_.steady_us();
    auto [found, made] = complained_us_.try_emplace(source, now_us);
    if (!made && now_us - found->second < kComplainEveryUs) return;
    found->second = now_us;
  }
  spdlog::warn("refused a delivery to source {}: {}", source, why);
}

}  // namespace hookswitch
