// One event loop on one thread: its listening sockets, its connections and the mail from other threads.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engine/http/acceptor.h"
#include "engine/http/connection.h"
#include "engine/http/mailbox.h"
#include "engine/http/server_state.h"
#include "engine/http/socket_event.h"

namespace hookswitch {

class Loop {
 public:
  /// Built on the starting thread; from run() on it belongs to the thread that runs it.
  explicit Loop(std::shared_ptr<ServerState> server);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Before run(): accept from this socket.
  void listen(Socket socket, Acceptor::Ownership ownership, std::shared_ptr<TlsContext> tls);
  /// Serves until stop() is posted, then closes everything.
  void run();
  void stop() { event_base_loopbreak(base_.get()); }
  void stop_accepting();
  /// Finishes what is under way in every connection, and takes nothing new.
  void drain();
  /// Takes over an accepted socket.
  void adopt(Socket socket, std::string peer, TlsContext* tls);
  /// Does what a letter asks.
  void take(Letter letter);

  // For connections.
  event_base* base() { return base_.get(); }
  const ServerOptions& options() const { return server_->options; }
  Handler& handler() { return server_->handler; }
  Counters& counters() { return mailbox_->counters(); }
  const std::shared_ptr<Mailbox>& mailbox() const { return mailbox_; }
  int64_t now_us() const { return now_us_; }  // at the beginning of this turn
  const std::string& date() const { return date_; }
  /// Shared by all connections: what is in it dies with the next read.
  std::pair<char*, size_t> receive_buffer() { return {receive_buffer_.data(), receive_buffer_.size()}; }
  void mark_dirty(Connection& connection);
  /// The connection is closed: forgets it now, destroys it at the end of the turn.
  void retire(const Target& self);

  /// One event callback. The door that exceptions do not pass: what throws costs `connection` its life, if there is
  /// one.
  template <class F>
  void turn(F&& work, Connection* connection = nullptr) {
    tell_time();
    if (!contain(work) && connection != nullptr) connection->fail();
    settle();
  }
  /// Runs what others gave us. False when it threw, which is counted.
  template <class F>
  bool contain(F&& work) {
    try {
      work();
      return true;
    } catch (...) {
      counters().count(Refusal::exception);
      return false;
    }
  }

 private:
  struct Slot {
    std::unique_ptr<Connection> connection;
    uint32_t generation = 0;
  };

  void tell_time();
  void settle();
  void read_mail();
  void check_deadlines();
  void close_all();
  uint32_t free_slot();
  Connection* find(const Target& to);
  void take_answer(AnswerLetter& answer);
  void take_stream_end(const StreamEnd& end);

  const std::shared_ptr<ServerState> server_;
  const std::shared_ptr<Mailbox> mailbox_;
  EventBase base_;
  SocketEvent wake_event_, tick_event_;
  std::vector<std::unique_ptr<Acceptor>> acceptors_;
  std::vector<Slot> slots_;
  std::vector<uint32_t> free_slots_;
  std::vector<Connection*> dirty_;
  std::vector<std::unique_ptr<Connection>> retired_;
  std::vector<Letter> letters_;
  std::vector<char> receive_buffer_;
  int64_t now_us_ = 0;
  int64_t date_told_us_ = 0;
  int64_t date_second_ = -1;
  std::string date_;
};

}  // namespace hookswitch
