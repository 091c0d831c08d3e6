#include "engine/http/stream_state.h"

#include <algorithm>
#include <utility>

namespace hookswitch {
namespace {

constexpr size_t kMarkBytes = 256 * limits::kKiB;

}  // namespace

std::shared_ptr<StreamState> StreamState::open(std::shared_ptr<ServerState> server, const std::string& by) {
  if (!server->open_streams.take(by)) return nullptr;
  return std::shared_ptr<StreamState>(new StreamState(std::move(server), by));
}

std::shared_ptr<StreamState> StreamState::closed(std::shared_ptr<ServerState> server) {
  std::shared_ptr<StreamState> out(new StreamState(std::move(server), std::nullopt));
  out->finish();
  return out;
}

size_t StreamState::mark() const { return std::min(kMarkBytes, server_->options.write_buffer_bytes / 2); }

size_t StreamState::share() const {
  const ServerOptions& options = server_->options;
  return options.stream_bytes_max / std::max<size_t>(options.streams_max, 1) + 1;
}

// When much waits for all of them each gets a little as soon as it has taken what it got before.
size_t StreamState::room_now() const {
  const size_t waiting = on_the_way_ + unsent_;
  if (over_) return mark();  // the next write says so
  if (server_->stream_bytes < server_->options.stream_bytes_max / 2) return waiting <= mark() ? mark() : 0;
  return waiting == 0 ? share() : 0;
}

size_t StreamState::room() {
  std::lock_guard lock(mutex_);
  size_t out = room_now();
  wants_room_ = out == 0;
  return out;
}

void StreamState::on_room(std::function<void()> fn) {
  std::lock_guard lock(mutex_);
  when_room_ = std::move(fn);
}

bool StreamState::reserve(size_t bytes, std::optional<Refusal>& cut) {
  std::lock_guard lock(mutex_);
  if (over_) return false;
  const ServerOptions& options = server_->options;
  const size_t before = on_the_way_ + unsent_;
  const size_t of_all = server_->stream_bytes.fetch_add(bytes) + bytes;
  if (before > mark() && before + bytes > options.write_buffer_bytes) cut = Refusal::write_buffer_full;
  if (!cut && of_all > options.stream_bytes_max && before + bytes > share()) cut = Refusal::streams_buffer_full;
  if (!cut) {
    on_the_way_ += bytes;
    return true;
  }
  server_->stream_bytes -= bytes;
  over_ = true;
  return false;
}

void StreamState::arrived(size_t bytes) {
  std::lock_guard lock(mutex_);
  if (finished_) return;
  on_the_way_ -= bytes;
  unsent_ += bytes;
}

void StreamState::set_unsent(size_t bytes) {
  std::function<void()> run;
  {
    std::lock_guard lock(mutex_);
    if (finished_) return;
    server_->stream_bytes += bytes - unsent_;
    unsent_ = bytes;
    if (wants_room_ && room_now() > 0) {
      wants_room_ = false;
      run = when_room_;
    }
  }
  if (run) run();
}

void StreamState::finish() {
  std::function<void()> run;
  {
    std::lock_guard lock(mutex_);
    if (std::exchange(finished_, true)) return;
    over_ = true;
    server_->stream_bytes -= on_the_way_ + unsent_;
    when_room_ = nullptr;
    run = std::exchange(when_finished_, nullptr);
  }
  if (by_) server_->open_streams.give_back(*by_);
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
