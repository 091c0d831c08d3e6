// GET /actions, POST /actions/{id}/retry and /cancel: the outbox, and what people decide about what it holds.
#include "engine/state/actions.h"

#include <fmt/format.h>

#include "engine/api/command.h"
#include "engine/api/problem.h"
#include "engine/api/resources.h"

namespace hookswitch {
namespace {

const std::vector<std::string> kActionStatuses{"waiting", "sending", "unknown", "held",
                                         "done",    "failed",  "refused", "canceled"};

Response list_actions(const ApiParts& parts, const ApiRequest& request) {
  auto tenant = request.tenant();
  if (!tenant) return problem(tenant.error());
  auto reader = parts.store.read();
  if (!reader) return problem(reader.error());
  const Query& query = request.query;
  ActionFilter filter{query.text("status"), query.text("type"), query.text("source"), *tenant,
                      query.text("task"),   query.text("call")};
  auto page = action_page(**reader, filter, query.cursor(), query.limit());
  return page ? list_answer(std::move(page->rows), page->next_cursor) : problem(page.error());
}

Response one_action(const ApiParts& parts, const ApiRequest& request) {
  auto reader = parts.store.read();
  if (!reader) return problem(reader.error());
  auto action = find_action(**reader, request.path[0]);
  if (action && request.caller.may_see(action->tenant)) return json_answer(action->to_json());
  return problem(404, fmt::format("get action {}: found none", request.path[0].substr(0, 80)));
}

std::optional<Response> decide(const ApiParts& parts, ApiRequest& request, const char* command) {
  if (auto known = check_keys(request.body, {}); !known) return problem(known.error());
  return submit(parts, request, command, {{"id", request.path[0]}, {"tenant", request.caller.tenant}});
}

}  // namespace

void add_actions(Endpoints& to, const ApiParts& parts) {
  to.push_back({.method = "GET",
                .path = "/api/v1/actions",
                .summary = "Actions of the outbox, newest first",
                .query = {{"tenant", "business/location"},
                          {"status", "where the action is", ParameterType::word, kActionStatuses},
                          {"type", "what is to be done: call, sms, ..."},
                          {"source", "configured source"},
                          {"task", "id of the task it is an attempt of"},
                          {"call", "id of the call it makes or is about"}},
                .answers = "Action",
                .list = true,
                .handle = [&parts](ApiRequest& request) { return list_actions(parts, request); }});
  to.push_back({.method = "GET",
                .path = "/api/v1/actions/{id}",
                .summary = "One action",
                .answers = "Action",
                .handle = [&parts](ApiRequest& request) { return one_action(parts, request); }});
  to.push_back({.method = "POST",
                .path = "/api/v1/actions/{id}/retry",
                .role = Role::operate,
                .summary = "Try one again that is held, failed or refused",
                .answers = "Action",
                .handle = [&parts](ApiRequest& request) { return decide(parts, request, "action.retry"); }});
  to.push_back({.method = "POST",
                .path = "/api/v1/actions/{id}/cancel",
                .role = Role::operate,
                .summary = "Take one back that waits or is held, or is unknown with its source gone",
                .answers = "Action",
                .handle = [&parts](ApiRequest& request) { return decide(parts, request, "action.cancel"); }});
}

}  // namespace hookswitch
