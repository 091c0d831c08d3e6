// Erasing in the running engine.
#include "engine/backup/restore.h"
#include "engine/cli/engine.h"
#include "engine/workbench/state_swap.h"

namespace hookswitch::cli {

void Engine::connect_erasures() {
  ErasureParts parts{.log = *log_,
                     .store = *store_,
                     .blobs = *blobs_,
                     .decoder = *decoder_,
                     .directory = directory_,
                     .clock = clock_,
                     .position = [this] { return processor_->status().position; },
                     .forget_refusals = [this](const auto& mentioned) { return doctor_->forget(mentioned); },
                     .drop_unfinished = [this]() -> Status {
                       if (auto dropped = drop_rebuild(config_.data_dir); !dropped) return dropped;
                       return drop_unready_restore(config_.data_dir);
                     }};
  erasures_ = std::make_unique<Erasures>(std::move(parts));
}

}  // namespace hookswitch::cli
