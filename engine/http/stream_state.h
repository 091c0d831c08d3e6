// What a stream's writer and its connection both know: how much is waiting, and whether it is over.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "engine/http/refusal.h"
#include "engine/http/server_state.h"

namespace hookswitch {

class StreamState {
 public:
  /// One of the server's streams; nullptr when there is no place for one more of `by`, see open_streams.h.
  static std::shared_ptr<StreamState> open(std::shared_ptr<ServerState> server, const std::string& by);
  /// A stream that is over from the start.
  static std::shared_ptr<StreamState> closed(std::shared_ptr<ServerState> server);
  ~StreamState() { finish(); }

  /// [any] Takes room for `bytes` more. False when over or when too much waits; from then on there is never room again.
  /// `cut`: why its connection is to be cut, given once.
  bool reserve(size_t bytes, std::optional<Refusal>& cut);
  /// [any] True once nothing more will be taken.
  bool over() const { return over_; }
  /// [any] See Stream::room and Stream::on_room.
  size_t room();
  void on_room(std::function<void()> fn);

  /// [loop] Of the reserved bytes, `bytes` have reached the connection.
  void arrived(size_t bytes);
  /// [loop] How many bytes the connection has not sent yet.
  void set_unsent(size_t bytes);
  /// [loop] The stream has ended; runs what on_closed was given. More calls do nothing.
  void finish();

  /// [any] See Stream::on_closed.
  void on_closed(std::function<void()> fn);

 private:
  StreamState(std::shared_ptr<ServerState> server, std::optional<std::string> by)
      : server_(std::move(server)), by_(std::move(by)) {}
  /// The mutex is held: so much may wait before somebody who asks is told to wait; what each stream may have waiting
  /// whatever the others have; what is welcome.
  size_t mark() const;
  size_t share() const;
  size_t room_now() const;

  const std::shared_ptr<ServerState> server_;
  const std::optional<std::string> by_;  // whose place it has; nullopt: it has none
  std::atomic<bool> over_{false};
  std::mutex mutex_;  // guards what follows
  size_t on_the_way_ = 0;
  size_t unsent_ = 0;
  bool wants_room_ = false;
  bool finished_ = false;
  std::function<void()> when_room_;
  std::function<void()> when_finished_;
};

}  // namespace hookswitch
