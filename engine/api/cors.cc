#include "engine/api/cors.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/api/problem.h"

namespace hookswitch {
namespace {

constexpr const char* kHeaders = "Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, Range";
constexpr const char* kExposed = "ETag, Retry-After, Content-Range, Accept-Ranges, WWW-Authenticate";
constexpr const char* kPreflightSecs = "600";  // a browser need not ask again for so long

void allow(Response& response, const std::string& origin) {
  response.headers.emplace_back("Access-Control-Allow-Origin", origin);
  response.headers.emplace_back("Vary", "Origin");
}

// Credentials are not offered: tokens are sent by the page itself, cookies there are none.
class CorsExchange final : public Exchange {
 public:
  CorsExchange(std::shared_ptr<Exchange> inner, std::string origin)
      : inner_(std::move(inner)), origin_(std::move(origin)) {}

  void respond(Response response) override { inner_->respond(marked(std::move(response))); }
  std::shared_ptr<Stream> start_stream(Response head, const std::string& by) override {
    return inner_->start_stream(marked(std::move(head)), by);
  }
  bool gone() const override { return inner_->gone(); }

 private:
  Response marked(Response response) const {
    allow(response, origin_);
    response.headers.emplace_back("Access-Control-Expose-Headers", kExposed);
    return response;
  }

  const std::shared_ptr<Exchange> inner_;
  const std::string origin_;
};

}  // namespace

std::string cors_origin(const std::vector<std::string>& allowed, const Request& request) {
  if (allowed.empty()) return "";
  std::string origin(request.header("origin"));
  if (origin.empty()) return "";
  bool known = std::ranges::any_of(allowed, [&](const std::string& one) { return one == "*" || one == origin; });
  return known ? origin : "";
}

bool is_preflight(const Request& request) {
  return request.method == "OPTIONS" && !request.header("access-control-request-method").empty();
}

std::unique_ptr<Receiver> answer_preflight(const Match& match, const std::string& origin, Exchange& exchange) {
  Response response{204, {{"Cache-Control", "no-store"}}, ""};
  if (match.allowed.empty()) response = problem(404, "found nothing here to ask for");
  allow(response, origin);
  if (!match.allowed.empty()) {
    response.headers.emplace_back("Access-Control-Allow-Methods", fmt::format("{}", fmt::join(match.allowed, ", ")));
    response.headers.emplace_back("Access-Control-Allow-Headers", kHeaders);
    response.headers.emplace_back("Access-Control-Max-Age", kPreflightSecs);
  }
  exchange.respond(std::move(response));
  return nullptr;
}

std::shared_ptr<Exchange> with_cors(std::shared_ptr<Exchange> exchange, std::string origin) {
  return std::make_shared<CorsExchange>(std::move(exchange), std::move(origin));
}

}  // namespace hookswitch
