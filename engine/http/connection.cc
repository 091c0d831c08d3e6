#include "engine/http/connection.h"

#include <sys/socket.h>

#include "engine/http/answer_text.h"
#include "engine/http/loop.h"
#include "engine/http/pending_exchange.h"

namespace hookswitch {
namespace {

// So much is read from one socket before others have their turn, in receive buffers.
constexpr int kReadsPerTurn = 4;

}  // namespace

Connection::Connection(Loop& loop, Origin origin, std::unique_ptr<Transport> transport)
    : loop_(loop),
      origin_(std::move(origin)),
      transport_(std::move(transport)),
      reader_(loop.options()),
      answers_(output_, loop.date(), origin_.tls ? loop.options().tls_headers : loop.options().headers),
      opened_us_(loop.now_us()),
      quiet_since_us_(loop.now_us()) {
  auto on_event = [](int, short, void* self) {
    auto* connection = static_cast<Connection*>(self);
    connection->loop_.turn([connection] { connection->on_readable(); }, connection);
  };
  auto on_writable = [](int, short, void* self) {
    auto* connection = static_cast<Connection*>(self);
    connection->loop_.turn(
        [connection] {
          connection->blocked_ = false;
          if (std::exchange(connection->read_wants_write_, false)) connection->on_readable();
          connection->mark_dirty();
        },
        connection);
  };
  read_event_ = SocketEvent(loop.base(), transport_->socket(), EV_READ, on_event, this);
  write_event_ = SocketEvent(loop.base(), transport_->socket(), EV_WRITE, on_writable, this);
  read_event_.set_waiting(true);
}

void Connection::mark_dirty() {
  if (phase_ != Phase::closed) loop_.mark_dirty(*this);
}

void Connection::on_readable() {
  for (int i = 0; i < kReadsPerTurn; ++i) {
    if (phase_ == Phase::closed || (phase_ == Phase::reading && paused_) || !read_once()) return mark_dirty();
  }
  // TLS may hold bytes that the socket no longer announces.
  if (origin_.tls && phase_ != Phase::closed) read_event_.fire_soon();
  mark_dirty();
}

// True when there may be more to read at once.
bool Connection::read_once() {
  auto [buffer, size] = loop_.receive_buffer();
  Moved moved = transport_->read(buffer, size);
  switch (moved.outcome) {
    case Moved::Outcome::done:
      break;
    case Moved::Outcome::want_read:
      return false;
    case Moved::Outcome::want_write:
      read_wants_write_ = true;
      return false;
    case Moved::Outcome::ended:
      on_input_end();
      return false;
    case Moved::Outcome::failed:
      if (transport_->shaking_hands()) loop_.counters().count(Refusal::handshake);
      close();
      return false;
  }
  last_read_us_ = loop_.now_us();
  if (phase_ == Phase::reading) consume({buffer, moved.bytes});
  return origin_.tls || moved.bytes == size;
}

// The client will send no more. It may still read: answers under way are finished, but for an endless one there is no
// other sign that it has gone.
void Connection::on_input_end() {
  peer_ended_ = *gone_ = true;
  if (phase_ == Phase::lingering || answers_.streaming()) return close();
  if (phase_ != Phase::reading) return;
  if (reader_.idle()) return end_input();
  refuse({400, Refusal::truncated, "the request ended before it was complete"});
}

void Connection::consume(std::string_view in) {
  while (phase_ == Phase::reading) {
    if (reader_.idle() && overloaded()) {
      unread_.assign(in);
      paused_ = true;
      return;
    }
    RequestReader::Step step = reader_.next(in);
    if (step == RequestReader::Step::more) break;
    step_done(step);
  }
  if (phase_ == Phase::reading && reader_.in_head() && head_began_us_ == 0) head_began_us_ = loop_.now_us();
}

void Connection::step_done(RequestReader::Step step) {
  switch (step) {
    case RequestReader::Step::more:
      return;
    case RequestReader::Step::head:
      return begin_request();
    case RequestReader::Step::complete:
      return complete_request();
    case RequestReader::Step::problem:
      return refuse(reader_.problem());
    case RequestReader::Step::piece:
      break;
  }
  body_bytes_ += reader_.piece().size();
  if (receiver_ != nullptr) return receiver_->on_body(reader_.piece());
  unwanted_bytes_ += reader_.piece().size();
  if (unwanted_bytes_ > loop_.options().discard_bytes_max) end_input();
}

void Connection::begin_request() {
  Head& head = reader_.head();
  head_began_us_ = 0;
  body_began_us_ = last_read_us_ = loop_.now_us();
  body_bytes_ = unwanted_bytes_ = 0;
  head.request.peer = origin_.peer;
  head.request.tls = origin_.tls;
  bool wants_continue = head.expects_continue && head.request.has_body && head.minor_version == 1;
  uint64_t length = head.request.content_length.value_or(0);
  request_ = answers_.begin({head.keep_alive, head.request.method == "HEAD", head.minor_version == 0});
  loop_.counters().requests.fetch_add(1, std::memory_order_relaxed);
  Target to{origin_.self.slot, origin_.self.generation, request_};
  receiver_ = loop_.handler().on_request(std::move(head.request),
                                         std::make_shared<PendingExchange>(loop_.mailbox(), to, gone_));
  if (receiver_ != nullptr) {
    if (wants_continue && !answers_.answered(request_)) answers_.want_continue(request_);
  } else if (wants_continue || length > loop_.options().discard_bytes_max) {
    // A client that waits for leave to send may or may not send now, and a long body is not worth reading: either way
    // the answer closes the connection.
    end_input();
  }
}

void Connection::complete_request() {
  if (receiver_ != nullptr) std::exchange(receiver_, nullptr)->on_complete();
  quiet_since_us_ = loop_.now_us();
  if (draining_us_ != 0) end_input();
}

void Connection::abort_receiver() {
  if (auto receiver = std::exchange(receiver_, nullptr)) {
    loop_.contain([&] { receiver->on_abort(); });
  }
}

void Connection::refuse(const Problem& problem) {
  loop_.counters().count(problem.reason);
  if (!reader_.in_body()) request_ = answers_.begin({false, false, false});
  // The server's word is first: on_abort must not be able to answer otherwise.
  answers_.give(request_, refusal_response(problem));
  abort_receiver();
  end_input();
}

void Connection::fail() {
  if (phase_ == Phase::closed) return;
  answers_.give(request_, refusal_response({503, Refusal::exception, ""}));
  abort_receiver();
  end_input();
}

void Connection::end_input() {
  if (phase_ != Phase::reading) return;
  phase_ = Phase::ending;
  answers_.make_last();
  mark_dirty();
}

void Connection::drain() {
  if (phase_ == Phase::reading && !paused_) on_readable();  // what has arrived is still served
  if (phase_ == Phase::closed) return;
  draining_us_ = loop_.now_us();
  answers_.end_streams();
  if (phase_ == Phase::reading && reader_.idle() && unread_.empty() && !unused()) {
    if (answers_.outstanding() == 0 && output_.empty()) return close();
    end_input();
  }
  mark_dirty();
}

void Connection::cut() {
  cut_ = true;
  mark_dirty();
}

void Connection::close() {
  if (phase_ == Phase::closed) return;
  phase_ = Phase::closed;
  *gone_ = true;
  read_event_.clear();
  write_event_.clear();
  loop_.retire(origin_.self);
  abort_receiver();
  loop_.contain([this] { answers_.abandon(); });
  transport_.reset();
}

bool Connection::overloaded() const {
  return answers_.outstanding() >= loop_.options().pipelined_max ||
         output_.size() >= loop_.options().write_buffer_bytes;
}

void Connection::flush() {
  if (phase_ == Phase::closed) return;
  if (cut_) return close();
  bool was_empty = output_.empty();
  bool is_over = answers_.advance();
  if (answers_.broken()) return close();
  if (is_over) {
    end_input();
    abort_receiver();
    answers_.abandon();
  }
  if (was_empty) last_write_us_ = loop_.now_us();
  if (!write_out()) return close();
  answers_.report_unsent();
  if (phase_ == Phase::ending && answers_.outstanding() == 0 && output_.empty()) finish();
  if (phase_ == Phase::reading && paused_ && !overloaded()) resume();
  watch_socket();
}

// False when the connection is unusable.
bool Connection::write_out() {
  while (!blocked_ && !output_.empty()) {
    iovec vectors[16];
    int count = output_.gather(vectors, 16);
    Moved moved = transport_->write(vectors, count);
    if (moved.outcome == Moved::Outcome::want_read) return true;  // the handshake: goes on with the next bytes read
    if (moved.outcome == Moved::Outcome::want_write) {
      blocked_ = true;
    } else if (moved.outcome != Moved::Outcome::done) {
      return false;
    } else {
      output_.consume(moved.bytes);
      last_write_us_ = quiet_since_us_ = loop_.now_us();
    }
  }
  return true;
}

void Connection::resume() {
  paused_ = false;
  std::string waiting = std::exchange(unread_, {});
  consume(waiting);
  if (origin_.tls && !paused_ && phase_ == Phase::reading) read_event_.fire_soon();
  mark_dirty();
}

void Connection::finish() {
  if (peer_ended_) return close();
  transport_->finish_writing();
  shutdown(transport_->socket(), SHUT_WR);
  phase_ = Phase::lingering;
  ending_us_ = loop_.now_us();
}

void Connection::watch_socket() {
  if (phase_ == Phase::closed) return;
  bool reads = phase_ == Phase::lingering || (phase_ == Phase::reading && !paused_) || transport_->shaking_hands();
  // Behind an endless answer the client's end of sending is the only sign of its going, so that is always read.
  read_event_.set_waiting((reads || (answers_.streaming() && !paused_)) && !peer_ended_);
  // A long body goes on in the next turn, so that others have theirs.
  write_event_.set_waiting(blocked_ || read_wants_write_ || answers_.pouring());
}

void Connection::check_deadlines() {
  const int64_t now_us = loop_.now_us();
  const ServerOptions& options = loop_.options();
  if (!output_.empty() && now_us - last_write_us_ > options.write_stall_ms * 1000) {
    loop_.counters().count(Refusal::write_stall);
    return close();
  }
  if (transport_->shaking_hands() && now_us - opened_us_ > options.header_timeout_ms * 1000) {
    loop_.counters().count(Refusal::handshake);
    return close();
  }
  if (phase_ == Phase::lingering && now_us - ending_us_ > options.linger_ms * 1000) return close();
  if (phase_ == Phase::reading) check_reading_deadlines(now_us);
}

void Connection::check_reading_deadlines(int64_t now_us) {
  const ServerOptions& options = loop_.options();
  const int64_t draining_for_us = draining_us_ != 0 ? now_us - draining_us_ : 0;
  if (!reader_.idle() && draining_for_us > options.request_drain_ms * 1000) {
    refuse({503, Refusal::stopping, "the server is stopping, and the rest of the request did not come in time"});
  } else if (reader_.in_body()) {
    if (const char* why = overdue_body(now_us)) refuse({408, Refusal::body_timeout, why});
  } else if (reader_.in_head()) {
    bool late = now_us - head_began_us_ > options.header_timeout_ms * 1000;
    if (late) refuse({408, Refusal::header_timeout, "the headers were not complete in time"});
  } else if (answers_.outstanding() == 0 && output_.empty()) {
    bool idle = now_us - quiet_since_us_ > options.idle_timeout_ms * 1000;
    bool left_unused = draining_for_us > options.unused_drain_ms * 1000;
    if (idle || left_unused) close();
  }
}

// Why the body being read is given up; nullptr while it comes fast enough.
const char* Connection::overdue_body(int64_t now_us) const {
  const ServerOptions& options = loop_.options();
  const int64_t stall_us = options.body_stall_ms * 1000;
  if (now_us - last_read_us_ > stall_us) return "nothing of the body came for too long";
  const int64_t taken_us = now_us - body_began_us_;
  const double expected = static_cast<double>(options.body_bytes_per_second_min) * static_cast<double>(taken_us) / 1e6;
  bool slow = taken_us > stall_us && static_cast<double>(body_bytes_) < expected;
  return slow ? "the body came too slowly" : nullptr;
}

}  // namespace hookswitch
