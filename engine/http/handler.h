// What the server calls: a handler is asked at the end of the headers and names a receiver for the body.
#pragma once

#include <memory>
#include <string_view>

#include "engine/http/exchange.h"
#include "engine/http/message.h"

namespace hookswitch {

/// Takes one request's body. Every call comes on the connection's loop thread and must not block; exactly one of
/// on_complete and on_abort is the last, then the receiver is destroyed.
class Receiver {
 public:
  virtual ~Receiver() = default;
  /// The next bytes of the body. They point into the receive buffer and die when the call returns.
  virtual void on_body(std::string_view piece) = 0;
  virtual void on_complete() = 0;
  /// The client went away, or was cut for what it sent or how slowly, before the body was complete.
  virtual void on_abort() = 0;
};

/// Shared by all loops: on_request is called on every loop thread at the same time.
class Handler {
 public:
  virtual ~Handler() = default;
  /// [loop] At the end of the headers, before the body. May answer at once and return nullptr: then the body is
  /// read and dropped up to limits::kDiscardBytes, or the connection is closed behind the answer.
  /// An exception is answered 503.
  virtual std::unique_ptr<Receiver> on_request(Request&& request, std::shared_ptr<Exchange> exchange) = 0;
};

}  // namespace hookswitch
