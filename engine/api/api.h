// The API: everything under /api/v1, and /healthz, /readyz, /metrics. Reads come from the state, changes go to the log.
//
// A request passes, in this order: path and method, token and role, query, body; then its endpoint. Endpoints are data
// (endpoint.h), made by one file per resource (resources.h).
#pragma once

#include <memory>
#include <string>

#include "engine/api/endpoint.h"
#include "engine/api/live.h"
#include "engine/api/parts.h"
#include "engine/http/handler.h"

namespace hookswitch {

class Api final : public Handler {
 public:
  explicit Api(ApiParts parts);
  ~Api() override;

  /// Everything that no webhook path takes goes here: what is not served is answered 404.
  std::unique_ptr<Receiver> on_request(Request&& request, std::shared_ptr<Exchange> exchange) override;

  /// [any] The state has changed: event streams look for what is new. Cheap.
  void wake() { live_.wake(); }

  const Endpoints& endpoints() const { return endpoints_; }

 private:
  friend class ApiReceiver;
  /// The request is whole.
  void answer(const Request& request, const Endpoint& endpoint, std::vector<std::string> path, const std::string& body,
              const std::shared_ptr<Exchange>& exchange);
  /// The answer, or nullopt when the endpoint takes care of it.
  std::optional<Response> answer_of(const Request& request, const Endpoint& endpoint, std::vector<std::string> path,
                                    const std::string& body, const std::shared_ptr<Exchange>& exchange);
  std::expected<Caller, Response> caller_of(const Request& request, const Endpoint& endpoint) const;

  ApiParts parts_;
  LiveStreams live_;
  Endpoints endpoints_;
};

}  // namespace hookswitch
