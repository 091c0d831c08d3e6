#include "engine/api/api.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <exception>

#include "engine/api/body_types.h"
#include "engine/api/cors.h"
#include "engine/api/problem.h"
#include "engine/api/resources.h"
#include "engine/api/router.h"
#include "engine/base/hash.h"
#include "engine/base/json_depth.h"

namespace hookswitch {
namespace {

Endpoints all_endpoints(const ApiParts& parts, LiveStreams& live) {
  Endpoints out;
  add_operations(out, parts);
  add_calls(out, parts);
  add_place_call(out, parts);
  add_actions(out, parts);
  add_tasks(out, parts);
  add_suppressions(out, parts);
  add_campaigns(out, parts);
  add_syncs(out, parts);
  add_erasures(out, parts);
  add_transcript(out, parts, live);
  add_recording(out, parts);
  add_kpis(out, parts);
  add_stats(out, parts);
  add_activity(out, parts);
  add_people(out, parts);
  add_events(out, parts);
  add_dead(out, parts);
  add_eval(out, parts);
  add_refusals(out, parts);
  add_audit(out, parts);
  add_tokens(out, parts);
  add_stream(out, parts, live);
  add_engine(out, parts);
  for (Endpoint& endpoint : out) {
    if (endpoint.list) add_paging(endpoint.query);
  }
  add_openapi(out, parts);
  return out;
}

bool is_loopback(const Request& request) {
  // A proxy on this machine speaks for others.
  if (!request.header("x-forwarded-for").empty() || !request.header("forwarded").empty()) return false;
  return request.peer.starts_with("127.") || request.peer == "::1" || request.peer.starts_with("::ffff:127.");
}

bool has_header(const Response& response, std::string_view name) {
  for (const auto& [found, value] : response.headers) {
    if (found == name) return true;
  }
  return false;
}

// Nothing on the way keeps an answer. A reader who has seen exactly this before is told so.
void add_cache_headers(const Request& request, Response& response) {
  bool is_read = request.method == "GET" || request.method == "HEAD";
  if (has_header(response, "Cache-Control")) return;
  response.headers.emplace_back("Cache-Control", "no-store");
  if (!is_read || response.status != 200) return;
  std::string etag = fmt::format("\"{:016x}\"", hash64(response.body));
  response.headers.emplace_back("ETag", etag);
  if (request.header("if-none-match") != etag) return;
  response.status = 304;
  response.body.clear();
}

Result<Json> parse_body(const Request& request, const Endpoint& endpoint, const std::string& body) {
  if (endpoint.takes.empty() || body.empty()) return Json::object();
  std::string_view type = request.header("content-type");
  if (!endpoint.text_type.empty() && type.starts_with(endpoint.text_type)) return Json{{"text", body}};
  if (!type.empty() && !type.starts_with("application/json")) {
    return fail(Code::invalid, "read body: found Content-Type {}, expected application/json", type.substr(0, 80));
  }
  if (nests_deeper(body, limits::kJsonDepth)) {
    return fail(Code::invalid, "read body: found JSON nested deeper than {} levels", limits::kJsonDepth);
  }
  Json json = parse_json(body);
  if (!json.is_object()) return fail(Code::invalid, "read body: found no JSON object, expected one");
  if (auto good = check_types(json, endpoint.takes); !good) return std::unexpected(good.error());
  return json;
}

Response not_served(const Request& request, const Match& match) {
  if (match.allowed.empty()) return problem(404, fmt::format("found nothing at {}", request.path()));
  Response response =
      problem(405, fmt::format("{} {}: expected {}", request.method, request.path(), fmt::join(match.allowed, " ")));
  response.headers.emplace_back("Allow", fmt::format("{}", fmt::join(match.allowed, ", ")));
  return response;
}

}  // namespace

/// A request whose caller was let in, and its body as it comes.
struct Api::Admitted {
  Request request;
  Match match;
  Caller caller;
  std::shared_ptr<Exchange> exchange;
  std::string body;
};

/// Collects the body of one request.
class ApiReceiver final : public Receiver {
 public:
  ApiReceiver(Api& api, Api::Admitted admitted) : api_(api), admitted_(std::move(admitted)) {}

  void on_body(std::string_view piece) override {
    if (over_ || admitted_.body.size() + piece.size() > most()) {
      over_ = true;
      admitted_.body = {};
    } else {
      admitted_.body.append(piece);
    }
  }
  void on_complete() override {
    if (!over_) return api_.answer(std::move(admitted_));
    admitted_.exchange->respond(problem(413, fmt::format("read body: expected at most {} bytes", most())));
  }
  void on_abort() override {}

 private:
  size_t most() const { return admitted_.match.endpoint->body_bytes; }

  Api& api_;
  Api::Admitted admitted_;
  bool over_ = false;
};

Api::Api(ApiParts parts)
    : parts_(std::move(parts)),
      live_(parts_.store, parts_.clock, parts_.heartbeat_ms,
            [this](const Reader& reader, const Caller& caller) { return is_still_good(parts_, reader, caller); }),
      endpoints_(all_endpoints(parts_, live_)) {}

Api::~Api() = default;

std::unique_ptr<Receiver> Api::on_request(Request&& request, std::shared_ptr<Exchange> exchange) {
  Match match = find_endpoint(endpoints_, request.method, request.path());
  if (std::string origin = cors_origin(parts_.cors_origins, request); !origin.empty()) {
    if (is_preflight(request)) return answer_preflight(match, origin, *exchange);
    exchange = with_cors(std::move(exchange), origin);
  }
  if (match.endpoint == nullptr) {
    exchange->respond(not_served(request, match));
    return nullptr;
  }
  // Before the body, so that nobody unknown makes the engine hold one.
  auto caller = caller_of(request, *match.endpoint);
  if (!caller) {
    exchange->respond(std::move(caller.error()));
    return nullptr;
  }
  Admitted admitted{std::move(request), std::move(match), std::move(*caller), std::move(exchange), ""};
  if (admitted.request.has_body && !admitted.match.endpoint->takes.empty()) {
    return std::make_unique<ApiReceiver>(*this, std::move(admitted));
  }
  answer(std::move(admitted));
  return nullptr;
}

void Api::answer(Admitted admitted) {
  if (!admitted.match.endpoint->slow) return answer_now(admitted);
  LongReads::Read read{admitted.caller.claimant(), admitted.exchange, {}};
  read.answer = [this, admitted = std::move(admitted)]() mutable { answer_now(admitted); };
  long_reads_.run(std::move(read));
}

void Api::answer_now(Admitted& admitted) {
  const Request& request = admitted.request;
  std::optional<Response> response;
  try {
    response = answer_of(admitted);
  } catch (const std::exception& error) {
    spdlog::error("{} {}: {}", request.method, request.path(), error.what());
    response = problem(500, "something went wrong in the engine; its log says what");
  }
  if (!response) return;
  add_cache_headers(request, *response);
  admitted.exchange->respond(std::move(*response));
}

std::expected<Caller, Response> Api::caller_of(const Request& request, const Endpoint& endpoint) const {
  if (endpoint.role == Role::nobody) return Caller{};
  if (endpoint.path == "/metrics" && is_loopback(request)) return Caller{Role::viewer, "loopback", ""};
  return admit(parts_, request, endpoint.role, endpoint.every_tenant);
}

// A body may take long to come, and who asks for what is slow may have waited: they must still be welcome at the end.
std::optional<Response> Api::answer_of(Admitted& admitted) {
  const Endpoint& endpoint = *admitted.match.endpoint;
  if (endpoint.slow || (admitted.request.has_body && !endpoint.takes.empty())) {
    auto reader = parts_.store.read();
    if (!reader) return problem(reader.error());
    if (!is_still_good(parts_, **reader, admitted.caller)) {
      return problem(401, "found a token that is no longer good");
    }
  }
  auto query = Query::parse(admitted.request.query(), endpoint.query);
  if (!query) return problem(query.error());
  auto json = parse_body(admitted.request, endpoint, admitted.body);
  if (!json) return problem(json.error());
  ApiRequest whole{admitted.request,  std::move(admitted.caller), std::move(admitted.match.path),
                   std::move(*query), std::move(*json),           admitted.exchange};
  return endpoint.handle(whole);
}

Result<std::string> ApiRequest::tenant() const {
  std::string asked = query.text("tenant");
  if (caller.tenant.empty() || asked.empty() || asked == caller.tenant) {
    return caller.tenant.empty() ? asked : caller.tenant;
  }
  return fail(Code::denied, "query parameter tenant: found a tenant that is not the token's own");
}

}  // namespace hookswitch
