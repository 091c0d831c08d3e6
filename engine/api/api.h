// The API: everything under /api/v1, and /healthz, /readyz, /metrics. Reads come from the state, changes go to the log.
//
// A request passes, in this order: path and method, token and role; then its body is read, where its endpoint takes
// one; then query, body, and its endpoint. Endpoints are data (endpoint.h), made by one file per resource
// (resources.h).
#pragma once

#include <memory>
#include <string>

#include "engine/api/endpoint.h"
#include "engine/api/live.h"
#include "engine/api/long_reads.h"
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

  /// Before what ApiParts calls is stopped: the long reading under way ends, others are answered 503 from now on.
  void stop() { long_reads_.stop(); }

  /// [any] Returns when the long readings that were asked for are answered.
  void settle() { long_reads_.settle(); }

  const Endpoints& endpoints() const { return endpoints_; }

 private:
  friend class ApiReceiver;
  struct Admitted;
  /// The request is whole.
  void answer(Admitted admitted);
  void answer_now(Admitted& admitted);
  /// The answer, or nullopt when the endpoint takes care of it.
  std::optional<Response> answer_of(Admitted& admitted);
  std::expected<Caller, Response> caller_of(const Request& request, const Endpoint& endpoint) const;

  ApiParts parts_;
  LiveStreams live_;
  Endpoints endpoints_;
  LongReads long_reads_;  // last: ends before what it reads
};

}  // namespace hookswitch
