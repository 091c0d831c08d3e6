// What the outbox counts: hookswitch_outbox_*.
#pragma once

#include <string>

#include "engine/base/metrics.h"
#include "engine/outbox/http_client.h"

namespace hookswitch {

class OutboxMetrics {
 public:
  explicit OutboxMetrics(Metrics& metrics) : metrics_(metrics) {}

  void begun(const std::string& to, int64_t late_ms);
  void not_granted(const std::string& to);
  void lost(const std::string& to);
  void answered(const std::string& to, bool look, const HttpResult& result, int64_t took_us);
  /// `status` is the action's afterwards.
  void outcome(const std::string& to, const std::string& status);
  void state(const std::string& to, bool well, int under_way, int calls);

 private:
  Metrics& metrics_;
};

}  // namespace hookswitch
