#include "engine/api/command.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/api/problem.h"
#include "engine/base/nearest.h"

namespace hookswitch {

namespace {

constexpr size_t kIdempotencyKeyBytes = 255;

bool is_key(std::string_view key) {
  return key.size() <= kIdempotencyKeyBytes && std::ranges::all_of(key, [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

std::optional<Response> submit(const ApiParts& parts, const ApiRequest& request, const std::string& name, Json body,
                               std::function<void(Response&)> finish) {
  std::string key(request.http.header("idempotency-key"));
  if (!is_key(key))
    return problem(
        400, fmt::format("Idempotency-Key: expected at most {} printable characters, no spaces", kIdempotencyKeyBytes));
  auto done = [exchange = request.exchange, finish = std::move(finish)](Response response) {
    if (finish) finish(response);
    response.headers.emplace_back("Cache-Control", "no-store");
    exchange->respond(std::move(response));
  };
  parts.submit({name, std::move(body), request.caller.token_id, std::move(key), request.http.peer}, std::move(done));
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
