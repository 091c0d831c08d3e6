// Keeps event streams going: one thread that looks at the state for all watchers when it changed, and only then.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/access/caller.h"
#include "engine/base/clock.h"
#include "engine/base/json.h"
#include "engine/http/exchange.h"
#include "engine/state/store.h"

namespace hookswitch {

/// Objects as they are shown, made once for all watchers of one look.
struct Shown {
  std::string tenant;
  std::string json;  // "": there is no such thing (any more)
};
struct ShownCache {
  std::map<std::pair<std::string, std::string>, Shown> things;  // by kind and id
  size_t bytes = 0;                                             // of their JSON
};

/// One open stream and what it wants to see. Belongs to the live thread once it was added.
class Watcher {
 public:
  enum class After { idle, more, over };

  Watcher(std::shared_ptr<Stream> stream, Caller caller) : stream_(std::move(stream)), caller_(std::move(caller)) {}
  virtual ~Watcher() = default;

  /// [live] Sends some of what is new since the last look, no more than the stream has room for. `more`: there is more
  /// to send at once.
  virtual After look(const Reader& reader, ShownCache& cache) = 0;
  /// [live] False: the client has gone.
  bool heartbeat();
  /// [any] `fn` runs whenever the stream has room again, see Stream::on_room.
  void on_room(std::function<void()> fn) { stream_->on_room(std::move(fn)); }
  /// [live] Nothing more is for this client.
  void end() { stream_->close(); }
  const Caller& caller() const { return caller_; }

 protected:
  Stream& stream() { return *stream_; }

 private:
  std::shared_ptr<Stream> stream_;
  const Caller caller_;
};

class LiveStreams {
 public:
  /// Whether the caller who opened a stream may go on watching.
  using MayStay = std::function<bool(const Reader&, const Caller&)>;

  LiveStreams(const Store& store, const Clock& clock, int64_t heartbeat_ms, MayStay may_stay);
  /// Closes all streams.
  ~LiveStreams();

  void add(std::unique_ptr<Watcher> watcher);  // [any]
  void wake();                                 // [any] something may have changed
  size_t open() const;                         // [any]

 private:
  /// Rung by streams that have room again; they may outlive this object.
  struct Bell;

  void run();
  /// Waits for something to do, no longer than until the next heartbeat; false: the end.
  bool wait();
  /// Of all streams at once, whatever was sent on them meanwhile: one may be silent while others are not.
  void beat();
  void look_at_all();

  const Store& store_;
  const Clock& clock_;
  const int64_t heartbeat_ms_;
  int64_t last_beat_us_;  // [live]
  const MayStay may_stay_;
  const std::shared_ptr<Bell> bell_;
  std::vector<std::unique_ptr<Watcher>> watchers_;  // [live]

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::vector<std::unique_ptr<Watcher>> added_;
  size_t open_ = 0;
  bool woken_ = false;
  bool stopping_ = false;
  std::thread thread_;  // last: starts when everything else is there
};

}  // namespace hookswitch
