// What a source says to a question that its provider's plugin cannot answer.
#include "engine/abi/provider.h"
#include "engine/providers/provider.h"

namespace hookswitch {

Result<SignedRequest> Source::sign(const DeliveryRequest&) const {
  return fail(Code::invalid, "sign a request for {}: provider {} has no {}", name(), provider(), HOOKSWITCH_EXT_SIGN);
}

Result<HttpRequest> Source::build_action(const ActionView& action) const {
  return fail(Code::invalid, "action {} of {}: provider {} has no {}", action.type, name(), provider(),
              HOOKSWITCH_EXT_ACTION);
}

Result<ActionOutcome> Source::parse_action(const ActionView& action, const HttpResponse&) const {
  return fail(Code::invalid, "answer to action {} of {}: provider {} has no {}", action.type, name(), provider(),
              HOOKSWITCH_EXT_ACTION);
}

Result<HttpRequest> Source::reconcile_action(const ActionView& action, std::string_view) const {
  return fail(Code::invalid, "find out about action {} of {}: provider {} cannot tell", action.type, name(),
              provider());
}

Result<ActionOutcome> Source::match_action(const ActionView& action, const HttpResponse&) const {
  return fail(Code::invalid, "find out about action {} of {}: provider {} cannot tell", action.type, name(),
              provider());
}

Result<HttpRequest> Source::build_query(const SyncQuery& query) const {
  return fail(Code::invalid, "ask {} for {}: provider {} has no {}", name(), query.resource, provider(),
              HOOKSWITCH_EXT_SYNC);
}

Result<SyncPage> Source::read_page(const SyncQuery& query, const HttpResponse&) const {
  return fail(Code::invalid, "ask {} for {}: provider {} has no {}", name(), query.resource, provider(),
              HOOKSWITCH_EXT_SYNC);
}

Result<std::vector<PlayedDelivery>> Source::play(std::string_view) const {
  return fail(Code::invalid, "simulate calls of {}: provider {} has no {}", name(), provider(),
              HOOKSWITCH_EXT_SIMULATE);
}

}  // namespace hookswitch
