// The Exchange that handlers are given: it names its request and sends the answer to the loop that has it.
#pragma once

#include <atomic>
#include <memory>

#include "engine/http/exchange.h"
#include "engine/http/mailbox.h"

namespace hookswitch {

class PendingExchange final : public Exchange {
 public:
  /// `gone` is set when the connection's client has gone.
  PendingExchange(std::shared_ptr<Mailbox> mailbox, Target to, std::shared_ptr<const std::atomic<bool>> gone)
      : mailbox_(std::move(mailbox)), to_(to), gone_(std::move(gone)) {}
  ~PendingExchange() override;
  PendingExchange(const PendingExchange&) = delete;
  PendingExchange& operator=(const PendingExchange&) = delete;

  void respond(Response response) override;
  std::shared_ptr<Stream> start_stream(Response head, const std::string& by) override;
  bool gone() const override { return *gone_; }

 private:
  /// True for the first answer only; counts the others.
  bool claim();

  const std::shared_ptr<Mailbox> mailbox_;
  const Target to_;
  const std::shared_ptr<const std::atomic<bool>> gone_;
  std::atomic<bool> answered_{false};
};

}  // namespace hookswitch
