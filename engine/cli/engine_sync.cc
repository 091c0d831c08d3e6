// Syncing of the running engine, and what of the configuration it needs.
#include "engine/cli/engine.h"

namespace hookswitch::cli {

void Engine::connect_syncs() {
  SyncParts parts{.log = *log_,
                  .store = *store_,
                  .blobs = *blobs_,
                  .sources = sources_,
                  .http = *http_client_,
                  .clock = clock_,
                  .position = [this] { return processor_->status().position; },
                  .metrics = metrics_,
                  .timeout_ms = config_.outbound.timeout_ms};
  SyncOptions options{.alive_file = config_.data_dir + "/alive", .in_place = [this] { return lock_->in_place(); }};
  for (const SourceConfig& source : config_.sources) {
    auto configured = config_.syncs.find(source.name);
    options.sources[source.name] = configured == config_.syncs.end() ? SyncConfig() : configured->second;
    auto pace = config_.outbound.sources.find(source.name);
    parts.at_once[source.name] =
        pace == config_.outbound.sources.end() ? config_.calling.concurrency : pace->second.concurrency;
    auto base = source.settings.find("api_base");
    if (base != source.settings.end() && base->is_string()) parts.base_url[source.name] = base->get<std::string>();
  }
  syncs_ = std::make_unique<Syncs>(std::move(parts), std::move(options));
}

}  // namespace hookswitch::cli
