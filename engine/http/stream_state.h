// What a stream's writer and its connection both know: how much is waiting, and whether it is over.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>

#include "engine/http/server_state.h"

namespace hookswitch {

class StreamState {
 public:
  /// One of the server's streams; nullptr when options.streams_max are open.
  static std::shared_ptr<StreamState> open(std::shared_ptr<ServerState> server);
  /// A stream that is over from the start.
  static std::shared_ptr<StreamState> closed(std::shared_ptr<ServerState> server);
  ~StreamState() { finish(); }

  /// [any] Room for `bytes` more. False when over or when too much waits; from then on there is never room again.
  bool reserve(size_t bytes);
  /// [any] True once nothing more will be taken.
  bool over() const { return over_; }

  /// [loop] Of the reserved bytes, `bytes` have reached the connection.
  void arrived(size_t bytes) { on_the_way_ -= bytes; }
  /// [loop] How many bytes the connection has not sent yet.
  void set_unsent(size_t bytes) { unsent_ = bytes; }
  /// [loop] The stream has ended; runs what on_closed was given. More calls do nothing.
  void finish();

  /// [any] See Stream::on_closed.
  void on_closed(std::function<void()> fn);

 private:
  StreamState(std::shared_ptr<ServerState> server, bool counted) : server_(std::move(server)), counted_(counted) {}

  const std::shared_ptr<ServerState> server_;
  const bool counted_;
  std::atomic<bool> over_{false};
  std::atomic<size_t> on_the_way_{0};
  std::atomic<size_t> unsent_{0};
  std::mutex mutex_;  // guards the two below
  bool finished_ = false;
  std::function<void()> when_finished_;
};

}  // namespace hookswitch
