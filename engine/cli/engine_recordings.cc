// Recordings in the running engine, and what of the configuration they need.
#include "engine/cli/engine.h"

namespace hookswitch::cli {

void Engine::connect_recordings() {
  RecordingParts parts{.log = *log_,
                       .store = *store_,
                       .blobs = *blobs_,
                       .sources = sources_,
                       .decoder = *decoder_,
                       .http = *http_client_,
                       .metrics = metrics_,
                       .clock = clock_,
                       .position = [this] { return processor_->status().position; },
                       .in_place = [this] { return lock_->in_place(); }};
  for (const SourceConfig& source : config_.sources) {
    auto base = source.settings.find("api_base");
    if (base != source.settings.end() && base->is_string()) parts.base_url[source.name] = base->get<std::string>();
  }
  RecordingOptions options{.always = config_.recordings.always, .timeout_ms = config_.outbound.timeout_ms};
  recordings_ = std::make_unique<Recordings>(std::move(parts), options);
}

// [committer] A file stays for as long as a call's row needs it, and while nobody can tell: in a directory that is not
// ours any more it may be another engine's.
bool Engine::holds_blob(std::string_view blob) const {
  if (!lock_->in_place()) return true;
  auto reader = store_->read();
  if (!reader) return true;
  bool held = hookswitch::holds_blob(**reader, blob);
  return held || !(*reader)->status();
}

}  // namespace hookswitch::cli
