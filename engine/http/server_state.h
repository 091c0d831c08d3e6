// What all loops of one server share: its options, its handler and what is open.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>

#include "engine/base/clock.h"
#include "engine/http/handler.h"
#include "engine/http/open_streams.h"
#include "engine/http/options.h"

namespace hookswitch {

/// Kept alive by exchanges and streams, which may outlive the server; handler and clock then are not touched.
struct ServerState {
  ServerState(ServerOptions given, Handler& handler_, const Clock& clock_)
      : options(std::move(given)), handler(handler_), clock(clock_), open_streams(options.streams_max) {}

  const ServerOptions options;
  Handler& handler;
  const Clock& clock;
  std::atomic<size_t> open_connections{0};
  OpenStreams open_streams;
  std::atomic<size_t> stream_bytes{0};  // that wait for the clients of all streams

  std::mutex mutex;                 // guards draining_loops
  std::condition_variable changed;  // a loop began to drain, or the last connection closed
  size_t draining_loops = 0;
};

}  // namespace hookswitch
