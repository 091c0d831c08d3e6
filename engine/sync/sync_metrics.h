// What syncing counts: hookswitch_sync_*.
#pragma once

#include "engine/base/metrics.h"
#include "engine/state/syncs.h"

namespace hookswitch {

class SyncMetrics {
 public:
  explicit SyncMetrics(Metrics& metrics) : metrics_(metrics) {}

  /// What has come between two looks at a sync's row: pages, things by outcome, and the run itself once it is over.
  void moved(const Sync& before, const Sync& now);
  void running(const std::string& source, bool running);

 private:
  Metrics& metrics_;
};

}  // namespace hookswitch
