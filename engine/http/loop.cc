#include "engine/http/loop.h"

#include <type_traits>

#include "engine/http/answer_text.h"

namespace hookswitch {
namespace {

// One read's worth; bodies are delivered in pieces of at most this size.
constexpr size_t kReceiveBytes = 64 * limits::kKiB;
// How late the Date of an answer may be; asking for the time costs more than a small header.
constexpr int64_t kDateEveryUs = 50'000;

EventBase new_base() {
  Owned<event_config, event_config_free> config(event_config_new());
  // Touched by one thread only, and level-triggered changes are batched.
  event_config_set_flag(config.get(), EVENT_BASE_FLAG_NOLOCK);
  event_config_set_flag(config.get(), EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST);
  return EventBase(event_base_new_with_config(config.get()));
}

}  // namespace

Loop::Loop(std::shared_ptr<ServerState> server)
    : server_(std::move(server)),
      mailbox_(std::make_shared<Mailbox>(server_)),
      base_(new_base()),
      receive_buffer_(kReceiveBytes) {
  auto on_mail = [](int, short, void* self) {
    auto* loop = static_cast<Loop*>(self);
    loop->turn([loop] { loop->read_mail(); });
  };
  auto on_tick = [](int, short, void* self) {
    auto* loop = static_cast<Loop*>(self);
    loop->turn([loop] { loop->check_deadlines(); });
  };
  wake_event_ = SocketEvent(base_.get(), mailbox_->wake_socket(), EV_READ, on_mail, this);
  tick_event_ = SocketEvent(base_.get(), -1, 0, on_tick, this);
  tell_time();
}

void Loop::listen(Socket socket, Acceptor::Ownership ownership, std::shared_ptr<TlsContext> tls) {
  acceptors_.push_back(std::make_unique<Acceptor>(*this, std::move(socket), ownership, std::move(tls)));
}

void Loop::run() {
  mailbox_->attach(*this);
  wake_event_.set_waiting(true);
  tick_event_.repeat(options().tick_ms);
  event_base_loop(base_.get(), EVLOOP_NO_EXIT_ON_EMPTY);
  close_all();
}

// Letters that are still waiting are taken, so that every stream hears of its end.
void Loop::close_all() {
  acceptors_.clear();
  for (Slot& slot : slots_) {
    if (slot.connection != nullptr) slot.connection->close();
  }
  mailbox_->close();
  turn([this] { read_mail(); });
}

void Loop::stop_accepting() {
  for (auto& acceptor : acceptors_) acceptor->stop();
}

void Loop::drain() {
  stop_accepting();
  for (size_t i = 0; i < slots_.size(); ++i) {
    if (Connection* connection = slots_[i].connection.get()) {
      if (!contain([&] { connection->drain(); })) connection->fail();
    }
  }
  std::lock_guard lock(server_->mutex);
  ++server_->draining_loops;
  server_->changed.notify_all();
}

uint32_t Loop::free_slot() {
  if (free_slots_.empty()) {
    slots_.emplace_back();
    return static_cast<uint32_t>(slots_.size() - 1);
  }
  uint32_t slot = free_slots_.back();
  free_slots_.pop_back();
  return slot;
}

void Loop::adopt(Socket socket, std::string peer, TlsContext* tls) {
  size_t open = server_->open_connections.fetch_add(1) + 1;
  counters().connections.fetch_add(1, std::memory_order_relaxed);
  bool full = open > options().connections_max;
  bool deaf = open > options().connections_max + limits::kRefusedConnections;
  if (deaf) counters().count(Refusal::connections_full);
  auto transport = deaf             ? nullptr
                   : tls != nullptr ? tls->accept(std::move(socket))
                                    : plain_transport(std::move(socket));
  if (transport == nullptr) {
    server_->open_connections.fetch_sub(1);
    return;
  }
  uint32_t slot = free_slot();
  Target self{slot, slots_[slot].generation, 0};
  auto made = std::make_unique<Connection>(*this, Connection::Origin{self, std::move(peer), tls != nullptr},
                                           std::move(transport));
  Connection& connection = *(slots_[slot].connection = std::move(made));
  if (full) connection.refuse({503, Refusal::connections_full, "too many connections are open"});
}

Connection* Loop::find(const Target& to) {
  if (to.slot >= slots_.size()) return nullptr;
  Slot& slot = slots_[to.slot];
  return slot.generation == to.generation ? slot.connection.get() : nullptr;
}

void Loop::retire(const Target& self) {
  Slot& slot = slots_[self.slot];
  ++slot.generation;
  retired_.push_back(std::move(slot.connection));
  free_slots_.push_back(self.slot);
  if (server_->open_connections.fetch_sub(1) != 1) return;
  std::lock_guard lock(server_->mutex);
  server_->changed.notify_all();
}

void Loop::mark_dirty(Connection& connection) {
  if (std::exchange(connection.dirty, true)) return;
  dirty_.push_back(&connection);
}

void Loop::tell_time() {
  now_us_ = server_->clock.steady_us();
  if (now_us_ - date_told_us_ < kDateEveryUs && date_second_ >= 0) return;
  date_told_us_ = now_us_;
  int64_t now_ms = server_->clock.now_ms();
  if (now_ms / 1000 == date_second_) return;
  date_second_ = now_ms / 1000;
  date_ = http_date(now_ms);
}

// The end of a turn: all that it made is sent, and what it closed is destroyed. Flushing may make more to flush.
void Loop::settle() {
  for (size_t i = 0; i < dirty_.size(); ++i) {
    Connection& connection = *dirty_[i];
    connection.dirty = false;
    if (!contain([&] { connection.flush(); })) connection.fail();
  }
  dirty_.clear();
  retired_.clear();
}

void Loop::read_mail() {
  mailbox_->collect(letters_);
  for (Letter& letter : letters_) contain([&] { take(std::move(letter)); });
  letters_.clear();
}

void Loop::check_deadlines() {
  for (auto& acceptor : acceptors_) acceptor->resume();
  for (size_t i = 0; i < slots_.size(); ++i) {
    if (Connection* connection = slots_[i].connection.get()) connection->check_deadlines();
  }
}

void Loop::take(Letter letter) {
  std::visit(
      [this](auto& given) {
        using T = std::decay_t<decltype(given)>;
        if constexpr (std::is_same_v<T, Task>) {
          given();
        } else if constexpr (std::is_same_v<T, AnswerLetter>) {
          take_answer(given);
        } else if constexpr (std::is_same_v<T, StreamEnd>) {
          take_stream_end(given);
        } else if (Connection* connection = find(given.to)) {
          if constexpr (std::is_same_v<T, StreamStart>) {
            connection->answers().start(given.to.request, std::move(given.head), std::move(given.stream));
          } else {
            connection->answers().stream_bytes(given.to.request, std::move(given.bytes));
          }
          mark_dirty(*connection);
        } else if constexpr (std::is_same_v<T, StreamStart>) {
          given.stream->finish();
        }
      },
      letter);
}

void Loop::take_answer(AnswerLetter& answer) {
  Connection* connection = find(answer.to);
  if (connection == nullptr) return;
  bool given = connection->answers().give(answer.to.request, std::move(answer.response));
  if (given && answer.dropped) counters().count(Refusal::unanswered);
  mark_dirty(*connection);
}

void Loop::take_stream_end(const StreamEnd& end) {
  Connection* connection = find(end.to);
  if (connection == nullptr) return;
  if (end.cut) {
    counters().count(*end.cut);
    return connection->cut();
  }
  connection->answers().stream_end(end.to.request);
  mark_dirty(*connection);
}

}  // namespace hookswitch
