#include "engine/api/command.h"

#include <fmt/format.h>

#include "engine/base/nearest.h"

namespace hookswitch {

std::optional<Response> submit(const ApiParts& parts, const ApiRequest& request, const std::string& name, Json body,
                               std::function<void(Response&)> finish) {
  auto done = [exchange = request.exchange, finish = std::move(finish)](Response response) {
    if (finish) finish(response);
    response.headers.emplace_back("Cache-Control", "no-store");
    exchange->respond(std::move(response));
  };
  parts.submit({name, std::move(body), request.caller.token_id}, std::move(done));
  return std::nullopt;
}

Status check_keys(const Json& body, const std::vector<std::string>& known) {
  for (const auto& [key, value] : body.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    return fail(Code::invalid, "body: {}: found an unknown key, expected one of {}{}", key.substr(0, 80),
                fmt::join(known, " "), suggestion(key, known));
  }
  return {};
}

}  // namespace hookswitch
