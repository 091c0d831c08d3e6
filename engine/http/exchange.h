// One request and the answer to it: what a handler holds while it makes up its mind, on any thread.
//
// Keep the shared_ptr until answered. An exchange that is dropped without an answer is answered 500 and counted; one
// whose client has gone swallows its answer.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/http/message.h"

namespace hookswitch {

/// An answer of unknown length, such as server-sent events. Dropping the last reference closes it.
class Stream {
 public:
  virtual ~Stream() = default;

  /// [any] Queues bytes for the client. False when they will not be sent: the stream is over, or the client reads so
  /// slowly that more than limits::kWriteBufferBytes would wait for it, or all such clients together that more than
  /// ServerOptions::stream_bytes_max would; then its connection is cut. What is written while there is room() is taken,
  /// however long it is, unless all together are at that bound.
  virtual bool write(std::string bytes) = 0;

  /// [any] How many bytes are welcome now. 0: what waits is to leave first, then what on_room was given runs.
  virtual size_t room() = 0;

  /// [any] `fn` runs on the connection's loop thread whenever there is room again after room() was 0. One function per
  /// stream, before room() is asked. It must not block, and must be good for as long as the connection is.
  virtual void on_room(std::function<void()> fn) = 0;

  /// [any] Ends the answer after what is queued. More calls do nothing.
  virtual void close() = 0;

  /// [any] `fn` runs once, when the stream is over whoever ended it: on the connection's loop thread, or at once when
  /// it is over already. One function per stream. It must not block.
  virtual void on_closed(std::function<void()> fn) = 0;
};

class Exchange {
 public:
  virtual ~Exchange() = default;

  /// [any] Answers, exactly once: a second answer is ignored and counted ("answered_twice"). Cheap; answers given
  /// together from another thread wake the connection's loop once.
  virtual void respond(Response response) = 0;

  /// [any] Answers with a stream: chunked, or until close for HTTP/1.0. `head.body` is its first piece. Never null: a
  /// stream that cannot be opened (answered already, no place) is over from the start. `by`: who asks for it, whose
  /// streams leave some to others; "": nobody in particular (open_streams.h).
  virtual std::shared_ptr<Stream> start_stream(Response head, const std::string& by) = 0;

  /// [any] Whether the client has closed its connection, or its sending, after which hardly anybody still reads: an
  /// answer that costs much can wait until nobody else wants one.
  virtual bool gone() const { return false; }
};

}  // namespace hookswitch
