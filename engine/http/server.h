// The HTTP/1.1 server: N event loops that read requests, hand them to a handler and send what it answers.
//
// Strict about what could be understood in two ways, bounded in everything, and ignorant of what is served.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/http/exchange.h"
#include "engine/http/handler.h"
#include "engine/http/message.h"
#include "engine/http/options.h"

namespace hookswitch {

struct ServerStats {
  uint64_t open_connections = 0;
  uint64_t open_streams = 0;
  uint64_t connections = 0;                  // accepted since start
  uint64_t requests = 0;                     // handed to the handler since start
  std::map<std::string, uint64_t> refusals;  // since start, by reason (refusal.h); those that happened
};

class Server {
 public:
  /// Listens and starts the threads. `handler` and `clock` must outlive the server. Errors: invalid (an address, a
  /// certificate), conflict (somebody else listens there), io.
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Handler& handler, const Clock& clock);
  /// Cuts what is still open: receivers hear on_abort, streams that they are over, on their loops' threads.
  virtual ~Server() = default;

  /// The ports listened on, in the order of the listeners.
  virtual std::vector<uint16_t> ports() const = 0;
  /// Reads every TLS listener's files again, for connections yet to come. When one is no good it keeps what it has,
  /// and the first error is returned.
  virtual Status reload_certificates() = 0;
  /// Closes the listening sockets behind the connections that already wait; on an inherited one these are left for who
  /// listens next. Takes effect within a loop's turn.
  virtual void stop_accepting() = 0;
  /// stop_accepting, closes idle connections (those that have sent no request yet after `unused_drain_ms`), ends
  /// streams, answers 503 to requests whose rest has not come after `request_drain_ms`, and waits until every answer
  /// under way is sent (with `Connection: close`), for at most `max_ms` of real time. True when nothing is left. Not on
  /// a loop's thread.
  virtual bool drain(int64_t max_ms) = 0;
  /// [any] Runs `task` on a loop's thread, soon. Dropped when the server has ended.
  virtual void post(size_t loop, std::function<void()> task) = 0;
  /// [any]
  virtual ServerStats stats() const = 0;
};

}  // namespace hookswitch
