// GET /refusals, POST /refusals/redrive: deliveries that were refused, and what would have accepted them.
#include <fmt/format.h>

#include "engine/api/command.h"
#include "engine/api/problem.h"
#include "engine/api/resources.h"

namespace hookswitch {
namespace {

constexpr size_t kIdsMax = 1'000;

void answer(const std::shared_ptr<Exchange>& exchange, Result<Json> said) {
  Response response = said ? json_answer(*said) : problem(said.error());
  response.headers.emplace_back("Cache-Control", "no-store");
  exchange->respond(std::move(response));
}

// Trying settings takes a while, so the answer comes from the doctor's own thread.
std::optional<Response> list_refusals(const ApiParts& parts, const ApiRequest& request) {
  if (!parts.refusals) return problem(503, "list refusals: they are not kept here");
  parts.refusals(request.query.text("source"), request.query.limit(),
                 [exchange = request.exchange](Result<Json> said) { answer(exchange, std::move(said)); });
  return std::nullopt;
}

Status check_choice(const Json& body) {
  if (auto known = check_keys(body, {"ids", "source", "all"}); !known) return known;
  if (body.size() != 1) return fail(Code::invalid, "body: expected one of ids, source or \"all\": true");
  if (body.contains("all")) {
    if (body["all"] == true) return {};
    return fail(Code::invalid, "body: all: expected true");
  }
  if (body.contains("source")) {
    if (body["source"].is_string() && body["source"] != "") return {};
    return fail(Code::invalid, "body: source: expected a text");
  }
  const Json& ids = body["ids"];
  bool good = ids.is_array() && !ids.empty() && ids.size() <= kIdsMax;
  for (const Json& id : ids) good = good && id.is_number_unsigned();
  if (good) return {};
  return fail(Code::invalid, "body: ids: expected a list of 1 to {} whole numbers", kIdsMax);
}

// What is answered when the log does not say yet who asked.
Response too_late() {
  return problem(503, "redrive refusals: the log is not processed up to this request yet; nothing was redriven");
}

std::optional<Response> redrive(const ApiParts& parts, const ApiRequest& request) {
  if (!parts.redrive_refusals) return problem(503, "redrive refusals: they are not kept here");
  if (auto good = check_choice(request.body); !good) return problem(good.error());
  // First the log says who asked for it; then it is done. The answer may come as late as at the engine's end, when the
  // doctor is still there and `parts` is not.
  Command note{"refusal.redrive", request.body, request.caller.token_id, "", request.http.peer};
  auto done = [exchange = request.exchange](Result<Json> said) { answer(exchange, std::move(said)); };
  parts.submit(std::move(note), [redrive = parts.redrive_refusals, exchange = request.exchange, choice = request.body,
                                 done](Response noted) {
    if (noted.status == 202) return exchange->respond(too_late());
    if (noted.status >= 300) return exchange->respond(std::move(noted));
    redrive(choice, done);
  });
  return std::nullopt;
}

}  // namespace

void add_refusals(Endpoints& to, const ApiParts& parts) {
  to.push_back({.method = "GET",
                .path = "/api/v1/refusals",
                .role = Role::admin,
                .every_tenant = true,
                .summary = "Refused deliveries, newest first, each with the setting that would accept it; one page",
                .query = {{"source", "that its path names"}},
                .answers = "Refusal",
                .list = true,
                .handle = [&parts](ApiRequest& request) { return list_refusals(parts, request); }});
  to.push_back({.method = "POST",
                .path = "/api/v1/refusals/redrive",
                .role = Role::admin,
                .every_tenant = true,
                .summary = "Verify refused deliveries again; what is authentic now is taken in",
                .answers = "Redriven",
                .takes = "RefusalChoice",
                .command = false,
                .handle = [&parts](ApiRequest& request) { return redrive(parts, request); }});
}

}  // namespace hookswitch
