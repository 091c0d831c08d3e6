#include "engine/http/stream_state.h"

#include <utility>

namespace hookswitch {

std::shared_ptr<StreamState> StreamState::open(std::shared_ptr<ServerState> server) {
  if (server->open_streams.fetch_add(1) >= server->options.streams_max) {
    server->open_streams.fetch_sub(1);
    return nullptr;
  }
  return std::shared_ptr<StreamState>(new StreamState(std::move(server), true));
}

std::shared_ptr<StreamState> StreamState::closed(std::shared_ptr<ServerState> server) {
  std::shared_ptr<StreamState> out(new StreamState(std::move(server), false));
  out->finish();
  return out;
}

bool StreamState::reserve(size_t bytes) {
  if (over_) return false;
  size_t waiting = on_the_way_.fetch_add(bytes) + unsent_ + bytes;
  if (waiting <= server_->options.write_buffer_bytes) return true;
  on_the_way_ -= bytes;
  over_ = true;
  return false;
}

void StreamState::finish() {
  std::function<void()> run;
  {
    std::lock_guard lock(mutex_);
    if (std::exchange(finished_, true)) return;
    over_ = true;
    run = std::exchange(when_finished_, nullptr);
  }
  if (counted_) server_->open_streams.fetch_sub(1);
  if (run) run();
}

void StreamState::on_closed(std::function<void()> fn) {
  {
    std::lock_guard lock(mutex_);
    if (!finished_) {
      when_finished_ = std::move(fn);
      return;
    }
  }
  fn();
}

}  // namespace hookswitch
