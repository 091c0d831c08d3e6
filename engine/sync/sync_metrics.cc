#include "engine/sync/sync_metrics.h"

#include <utility>

namespace hookswitch {

void SyncMetrics::moved(const Sync& before, const Sync& now) {
  metrics_.counter("hookswitch_sync_pages_total", "Pages of providers' lists that were read.", {{"source", now.source}})
      .add(now.pages - before.pages);
  for (auto [outcome, count] : {std::pair{"created", &Sync::created}, std::pair{"updated", &Sync::updated},
                                std::pair{"skipped", &Sync::skipped}, std::pair{"failed", &Sync::failed}}) {
    metrics_
        .counter("hookswitch_sync_items_total", "Things found in providers' lists, by what was new about them.",
                 {{"source", now.source}, {"outcome", outcome}})
        .add(now.*count - before.*count);
  }
  if (!is_final(now.status) || is_final(before.status)) return;
  metrics_
      .counter("hookswitch_sync_runs_total", "Syncs that are over, by how they ended.",
               {{"source", now.source}, {"status", name(now.status)}})
      .add();
}

void SyncMetrics::running(const std::string& source, bool running) {
  metrics_
      .gauge("hookswitch_sync_running", "1 while a source is asked for what its webhooks missed.", {{"source", source}})
      .set(running ? 1 : 0);
}

}  // namespace hookswitch
