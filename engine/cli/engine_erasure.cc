// Erasing in the running engine.
#include "engine/cli/engine.h"

namespace hookswitch::cli {

void Engine::connect_erasures() {
  ErasureParts parts{.log = *log_,
                     .store = *store_,
                     .blobs = *blobs_,
                     .decoder = *decoder_,
                     .directory = directory_,
                     .clock = clock_,
                     .position = [this] { return processor_->status().position; },
                     .forget_refusals = [this](const auto& mentioned) { return doctor_->forget(mentioned); }};
  erasures_ = std::make_unique<Erasures>(std::move(parts));
}

}  // namespace hookswitch::cli
