// One thing the API can do, as data: the router finds it, the query is checked against it, OpenAPI is written from it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/api/auth.h"
#include "engine/api/query.h"
#include "engine/base/limits.h"
#include "engine/http/exchange.h"

namespace hookswitch {

/// A request that has passed everything that is the same for all: token, role, query, size of the body.
struct ApiRequest {
  const Request& http;
  Caller caller;
  std::vector<std::string> path;  // what stands for {id} and so on, decoded, in order
  Query query;
  Json body;  // an object; empty when none was sent
  std::shared_ptr<Exchange> exchange;

  /// The tenant that a listing is about: the caller's own, or the one asked for; "" for all. Asking for another's than
  /// one's own is `denied`.
  Result<std::string> tenant() const;
};

struct Endpoint {
  std::string method;
  std::string path;  // "/api/v1/calls/{id}"
  Role role = Role::viewer;
  bool every_tenant = false;  // shows or changes more than one tenant's: not for callers bound to one
  std::string summary;
  std::vector<Parameter> query = {};
  std::string answers = "Object";  // name of the schema of the answer, or of each row of a list
  bool list = false;               // takes limit and cursor, answers a page
  std::string takes = {};          // name of the schema of the body; "" when it takes none
  std::string text_type = {};      // a Content-Type it takes beside JSON; such a body is handed on as {"text": ...}
  size_t body_bytes = limits::kApiBodyBytes;  // of the longest body
  bool slow = false;                  // reads much, or asks a plugin: answered on a thread of its own (long_reads.h)
  std::vector<int> statuses = {200};  // of answers that say it is done, the usual one first
  bool command = true;                // what is not read only: it becomes a record and takes Idempotency-Key
  /// nullopt: it has answered, or will, through request.exchange.
  std::function<std::optional<Response>(ApiRequest&)> handle = {};
};

using Endpoints = std::vector<Endpoint>;

}  // namespace hookswitch
