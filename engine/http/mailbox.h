// How other threads reach a loop: answers, stream bytes and tasks are posted here, and the loop is woken once.
//
// Bounded by what feeds it: answers by the requests outstanding, stream bytes by options.write_buffer_bytes a
// stream and options.stream_bytes_max together.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "engine/http/message.h"
#include "engine/http/refusal.h"
#include "engine/http/stream_state.h"
#include "engine/http/transport.h"

namespace hookswitch {

class Loop;

/// Names a request of a connection without pointing at it: whoever answers may outlive the connection.
struct Target {
  uint32_t slot = 0;
  uint32_t generation = 0;  // of the slot; another one is another connection
  uint64_t request = 0;     // 1, 2, 3 ... within the connection
};

struct AnswerLetter {
  Target to;
  Response response;
  bool dropped = false;  // made because the exchange was dropped unanswered
};

struct StreamStart {
  Target to;
  Response head;
  std::shared_ptr<StreamState> stream;
};

struct StreamBytes {
  Target to;
  std::string bytes;
};

struct StreamEnd {
  Target to;
  std::optional<Refusal> cut = {};  // the client reads too slowly: close its connection, for this reason
};

using Task = std::move_only_function<void()>;
using Letter = std::variant<AnswerLetter, StreamStart, StreamBytes, StreamEnd, Task>;

class Mailbox {
 public:
  explicit Mailbox(std::shared_ptr<ServerState> server);

  /// [any] Queues a letter. False when the loop has ended; the letter is dropped then.
  bool post(Letter letter);
  /// [any] The same, but on the loop's own thread the letter is taken at once.
  bool deliver(Letter letter);

  /// [loop] From now on deliver() knows its thread.
  void attach(Loop& loop);
  /// [loop] Takes all that is waiting; `into` must be empty.
  void collect(std::vector<Letter>& into);
  /// [loop] Refuses letters from now on.
  void close();
  /// Readable when there are letters.
  int wake_socket() const { return wake_.fd(); }

  Counters& counters() { return counters_; }
  const std::shared_ptr<ServerState>& server() const { return server_; }

 private:
  const std::shared_ptr<ServerState> server_;
  Socket wake_;  // an eventfd
  Counters counters_;
  std::atomic<std::thread::id> thread_;
  Loop* loop_ = nullptr;  // touched by the loop's thread only
  std::mutex mutex_;      // guards the two below
  std::vector<Letter> letters_;
  bool closed_ = false;
};

}  // namespace hookswitch
