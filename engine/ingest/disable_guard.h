// Raises the alarm before a provider switches our webhook off: providers do so after failures in a row, and then
// nothing arrives any more, silently. What each one does is published, and its plugin says it (engine/abi/provider.h).
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/json.h"
#include "engine/base/metrics.h"
#include "engine/providers/provider.h"

namespace hookswitch {

/// [any] A provider counts whatever it did not get a success for; so does this, and it cannot know which of what failed
/// to verify came from the provider. So a stranger can raise the alarm, but nobody can keep it quiet.
class DisableGuard {
 public:
  DisableGuard(Metrics& metrics, const Clock& clock) : metrics_(metrics), clock_(clock) {}

  /// What the source's provider does, and when a delivery of it was last accepted as far as the log knows.
  void watch(const std::string& source, DisableRule rule, std::optional<int64_t> last_success_ms);
  void succeeded(const std::string& source);
  void failed(const std::string& source);

  /// By source: {failures_in_a_row, last_success, at_risk, disabled_after: {failures, quiet_secs}}, of those watched.
  Json status() const;

 private:
  struct Watched {
    DisableRule rule;
    uint64_t failures = 0;  // in a row
    std::optional<int64_t> last_success_ms;
    Gauge* failures_gauge = nullptr;
    Gauge* at_risk_gauge = nullptr;
    bool at_risk() const { return failures * 2 >= rule.failures; }  // half of the way: time to act
  };

  void show(const std::string& source, Watched& watched, bool was_at_risk);

  Metrics& metrics_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, Watched> sources_;
};

}  // namespace hookswitch
