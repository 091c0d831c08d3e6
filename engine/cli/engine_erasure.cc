// Erasing in the running engine.
#include "engine/backup/restore.h"
#include "engine/cli/engine.h"
#include "engine/workbench/state_swap.h"

namespace hookswitch::cli {

namespace {

Status drop_unfinished(const DataLock& lock, const std::string& data_dir) {
  // What lies there then is another engine's, or being restored.
  if (!lock.in_place())
    return fail(Code::unavailable, "remove what was interrupted in {}: found another data directory, or none", data_dir);
  if (auto dropped = drop_rebuild(data_dir); !dropped) return dropped;
  return drop_unready_restore(data_dir);
}

}  // namespace

void Engine::connect_erasures() {
  ErasureParts parts{.log = *log_,
                     .store = *store_,
                     .blobs = *blobs_,
                     .decoder = *decoder_,
                     .directory = directory_,
                     .clock = clock_,
                     .position = [this] { return processor_->status().position; },
                     .forget_refusals = [this](const auto& is_theirs) { return doctor_->forget(is_theirs); },
                     .drop_unfinished = [this] { return drop_unfinished(*lock_, config_.data_dir); }};
  erasures_ = std::make_unique<Erasures>(std::move(parts));
}

}  // namespace hookswitch::cli
