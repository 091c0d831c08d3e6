// One client's connection: reads requests off its socket, hands them to the handler, sends the answers in order.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/http/handler.h"
#include "engine/http/output.h"
#include "engine/http/owed_answers.h"
#include "engine/http/request_reader.h"
#include "engine/http/socket_event.h"
#include "engine/http/transport.h"

namespace hookswitch {

class Loop;

/// [loop] Everything here happens on the loop's thread. A connection that closes is retired: the loop destroys it at
/// the end of the present turn, so no member function finds itself destroyed under its feet.
class Connection {
 public:
  struct Origin {
    Target self;       // with request 0
    std::string peer;  // the client's IP
    bool tls = false;
  };

  /// `loop` outlives the connection.
  Connection(Loop& loop, Origin origin, std::unique_ptr<Transport> transport);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Answers this without waiting for a request, and closes.
  void refuse(const Problem& problem);
  /// Something threw on behalf of this connection: answers 503 where that is still possible, and closes.
  void fail();
  /// Finishes what is under way and takes nothing new, but for the first request of a connection that has sent none:
  /// its client knows no other server yet, and gets a moment for it.
  void drain();
  /// Closes at the end of this turn: safe inside what a receiver or stream does.
  void cut();
  /// Closes at once. Receivers hear on_abort, streams that they are over.
  void close();
  /// Acts on the deadline that has passed, if one has.
  void check_deadlines();
  /// Writes what can be written now and goes on with requests that had to wait.
  void flush();

  OwedAnswers& answers() { return answers_; }
  /// Set while the loop has it on the list of connections to flush.
  bool dirty = false;

 private:
  enum class Phase {
    reading,    // requests are read and answered
    ending,     // no more are read; answers under way are finished
    lingering,  // all is said; waits for the client to close, so that the last answer is not lost to a reset
    closed,
  };

  void on_readable();
  bool read_once();
  void on_input_end();
  void consume(std::string_view in);
  void step_done(RequestReader::Step step);
  void begin_request();
  void refuse_body(const Head& head, bool wants_continue);
  void complete_request();
  void abort_receiver();
  void end_input();
  void finish();
  bool write_out();
  void resume();
  bool overloaded() const;
  bool unused() const { return request_ == 0; }
  void watch_socket();
  const char* overdue_body(int64_t now_us) const;
  void check_reading_deadlines(int64_t now_us);
  void mark_dirty();

  Loop& loop_;
  const Origin origin_;
  std::unique_ptr<Transport> transport_;
  SocketEvent read_event_, write_event_;
  RequestReader reader_;
  Output output_;
  OwedAnswers answers_;
  std::unique_ptr<Receiver> receiver_;  // of the request being read; null when nobody wants its body
  uint64_t request_ = 0;                // the number of the request being read, or last read
  std::string unread_;                  // received, but behind as many requests as may be outstanding
  Phase phase_ = Phase::reading;
  bool paused_ = false;            // not reading, because of overloaded()
  bool blocked_ = false;           // the socket takes no more for now
  bool read_wants_write_ = false;  // TLS: reading goes on when the socket is writable
  bool cut_ = false;
  bool peer_ended_ = false;
  const std::shared_ptr<std::atomic<bool>> gone_ = std::make_shared<std::atomic<bool>>(false);  // for exchanges

  // Steady microseconds.
  const int64_t opened_us_;
  int64_t quiet_since_us_;     // since when nothing has been under way
  int64_t head_began_us_ = 0;  // first byte of the head being read
  int64_t body_began_us_ = 0;  // end of the head of the body being read
  int64_t last_read_us_ = 0;
  int64_t last_write_us_ = 0;    // progress, or the moment there was something to write
  int64_t ending_us_ = 0;        // when lingering began
  int64_t draining_us_ = 0;      // when draining began
  uint64_t body_bytes_ = 0;      // of the body being read
  uint64_t unwanted_bytes_ = 0;  // of it, that nobody received
};

}  // namespace hookswitch
