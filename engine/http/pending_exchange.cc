#include "engine/http/pending_exchange.h"

#include <exception>

#include "engine/http/answer_text.h"

namespace hookswitch {
namespace {

class ReplyStream final : public Stream {
 public:
  ReplyStream(std::shared_ptr<Mailbox> mailbox, Target to, std::shared_ptr<StreamState> state)
      : mailbox_(std::move(mailbox)), to_(to), state_(std::move(state)) {}
  ~ReplyStream() override { end(); }

  bool write(std::string bytes) override {
    if (ended_ || state_->over()) return false;
    if (bytes.empty()) return true;
    std::optional<Refusal> cut;
    if (state_->reserve(bytes.size(), cut)) return mailbox_->deliver(StreamBytes{to_, std::move(bytes)});
    if (cut) mailbox_->deliver(StreamEnd{to_, cut});
    return false;
  }

  size_t room() override { return state_->room(); }
  void on_room(std::function<void()> fn) override { state_->on_room(std::move(fn)); }
  void close() override { end(); }
  void on_closed(std::function<void()> fn) override { state_->on_closed(std::move(fn)); }

 private:
  void end() {
    if (!ended_.exchange(true) && !state_->over()) mailbox_->deliver(StreamEnd{to_});
  }

  const std::shared_ptr<Mailbox> mailbox_;
  const Target to_;
  const std::shared_ptr<StreamState> state_;
  std::atomic<bool> ended_{false};
};

}  // namespace

PendingExchange::~PendingExchange() {
  if (answered_.exchange(true)) return;
  // Dropped by an exception, most likely for want of memory: it cannot be done now. Otherwise it is a mistake.
  const int status = std::uncaught_exceptions() > 0 ? 503 : 500;
  mailbox_->deliver(AnswerLetter{to_, refusal_response({status, Refusal::unanswered, ""}), true});
}

bool PendingExchange::claim() {
  if (!answered_.exchange(true)) return true;
  mailbox_->counters().count(Refusal::answered_twice);
  return false;
}

void PendingExchange::respond(Response response) {
  if (claim()) mailbox_->deliver(AnswerLetter{to_, std::move(response)});
}

std::shared_ptr<Stream> PendingExchange::start_stream(Response head, const std::string& by) {
  const auto& server = mailbox_->server();
  auto state = claim() ? StreamState::open(server, by) : StreamState::closed(server);
  if (state == nullptr) {
    mailbox_->counters().count(Refusal::streams_full);
    mailbox_->deliver(AnswerLetter{to_, refusal_response({503, Refusal::streams_full, "too many streams are open, of all or of who asks"})});
    state = StreamState::closed(server);
  } else if (!state->over() && !mailbox_->deliver(StreamStart{to_, std::move(head), state})) {
    state->finish();
  }
  return std::make_shared<ReplyStream>(mailbox_, to_, std::move(state));
}

}  // namespace hookswitch
