// What intake counts and says: accepted, refused by reason, missed deadlines, time to the answer.
#pragma once

#include <cstdint>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_map>

#include "engine/base/clock.h"
#include "engine/base/metrics.h"
#include "engine/ingest/disable_guard.h"

namespace hookswitch {

class IntakeMetrics {  // [any]
 public:
  IntakeMetrics(Metrics& metrics, const Clock& clock);
  /// Knows of every source that it is told of how its deliveries fare.
  DisableGuard& guard() { return guard_; }
  /// From now on the source's counters can be read, though nothing has come: what was never seen cannot be seen to
  /// grow, nor to stand still.
  void expect(const std::string& source);
  void accepted(const std::string& source, int64_t took_us);
  void refused(const std::string& source, const std::string& reason);
  void missed_deadline(const std::string& source);
  /// A line for the operator, at most one a second for each source: the flood is in the metrics.
  void complain(const std::string& source, const std::string& why);

 private:
  Counter& accepted_counter(const std::string& source);
  Counter& refused_counter(const std::string& source, const std::string& reason);

  Metrics& metrics_;
  const Clock& clock_;
  DisableGuard guard_;
  Histogram& seconds_;
  std::shared_mutex mutex_;  // guards the maps
  std::unordered_map<std::string, Counter*> accepted_;
  std::unordered_map<std::string, int64_t> complained_us_;
};

}  // namespace hookswitch
