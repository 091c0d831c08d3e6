// The simulated provider's plugin: its events and answers are JSON of the simulation.
#pragma once

#include <string>
#include <vector>

#include "engine/providers/provider.h"

namespace hookswitch::simulation {

class PhoneSource final : public Source {
 public:
  const std::string& name() const override { return name_; }
  const std::string& provider() const override { return name_; }
  Result<Verdict> verify(const DeliveryRequest&) const override { return Verdict{.kind = Verdict::Kind::accept}; }
  bool can_stream() const override { return false; }
  std::unique_ptr<StreamedVerify> begin_verify(const DeliveryRequest&) const override { return nullptr; }
  /// A delivery is one event, {id, type, time, data}, or no JSON at all.
  Result<std::vector<DecodedEvent>> decode(const DecodeInput& input) const override;
  Result<RenderedReply> render(const DecodedEvent&, std::string_view) const override { return RenderedReply{}; }
  RenderedReply default_reply(const DeliveryRequest&) const override { return {200, "application/json", "{}"}; }

  std::vector<std::string> action_types() const override { return {"call"}; }
  /// The URL is "phone:call/<action>" or "phone:look/<action>".
  Result<HttpRequest> build_action(const ActionView& action) const override;
  Result<HttpRequest> reconcile_action(const ActionView& action, std::string_view cursor) const override;
  /// 200 {"kind": "done" | "retry" | "failed"}; 429 is retry; anything else nobody knows.
  Result<ActionOutcome> parse_action(const ActionView& action, const HttpResponse& response) const override;
  Result<ActionOutcome> match_action(const ActionView& action, const HttpResponse& response) const override {
    return parse_action(action, response);
  }

 private:
  std::string name_ = "phone";
};

}  // namespace hookswitch::simulation
