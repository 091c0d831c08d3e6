// A source for tests: what its provider's plugin understands, and beside it events that a test made up.
#pragma once

#include <memory>
#include <string>

#include "engine/base/json.h"
#include "engine/log/record.h"
#include "engine/providers/provider.h"

namespace hookswitch {

class MadeSource final : public Source {
 public:
  /// Without `real` it understands made-up events only, and answers as an engine without a plugin would.
  MadeSource(std::string name, std::string provider, std::shared_ptr<Source> real = nullptr)
      : name_(std::move(name)), provider_(std::move(provider)), real_(std::move(real)) {}

  /// A record that decodes into this event: {type, id?, subject?, time?, data?, raw?, wants_reply?}.
  static NewRecord record(const std::string& source, int64_t arrived_ms, const Json& event);

  const std::string& name() const override { return name_; }
  const std::string& provider() const override { return provider_; }
  Result<Verdict> verify(const DeliveryRequest& request) const override;
  bool can_stream() const override { return false; }
  std::unique_ptr<StreamedVerify> begin_verify(const DeliveryRequest&) const override { return nullptr; }
  Result<std::vector<DecodedEvent>> decode(const DecodeInput& input) const override;
  Result<RenderedReply> render(const DecodedEvent& event, std::string_view reply) const override;
  RenderedReply default_reply(const DeliveryRequest& request) const override;
  std::vector<std::string> action_types() const override;

 private:
  const std::string name_;
  const std::string provider_;
  const std::shared_ptr<Source> real_;
};

}  // namespace hookswitch
