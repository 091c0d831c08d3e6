#include "tests/simulation/phone_source.h"

#include "engine/base/json.h"

namespace hookswitch::simulation {

Result<std::vector<DecodedEvent>> PhoneSource::decode(const DecodeInput& input) const {
  Json body = Json::parse(input.body, nullptr, false);
  if (!body.is_object()) return fail(Code::invalid, "decode a delivery: found no JSON object");
  DecodedEvent event;
  event.id = body.at("id");
  event.type = body.at("type");
  event.time_ms = body.at("time");
  event.data = dump(body.at("data"));
  return std::vector{event};
}

Result<HttpRequest> PhoneSource::build_action(const ActionView& action) const {
  return HttpRequest{.method = "POST", .url = "phone:call/" + std::string(action.id)};
}

Result<HttpRequest> PhoneSource::reconcile_action(const ActionView& action, std::string_view) const {
  return HttpRequest{.method = "GET", .url = "phone:look/" + std::string(action.id), .harmless = true};
}

Result<ActionOutcome> PhoneSource::parse_action(const ActionView&, const HttpResponse& response) const {
  ActionOutcome outcome;
  outcome.code = std::to_string(response.status);
  outcome.reason = "so it says";
  if (response.status == 429) outcome.kind = ActionOutcome::Kind::retry;
  if (response.status != 200) return outcome;
  std::string kind = Json::parse(response.body).at("kind");
  if (kind == "done") outcome.kind = ActionOutcome::Kind::done;
  if (kind == "retry") outcome.kind = ActionOutcome::Kind::retry;
  if (kind == "failed") outcome.kind = ActionOutcome::Kind::failed;
  return outcome;
}

}  // namespace hookswitch::simulation
