// /tasks: callbacks and check-ins, made, changed and taken back by people.
#include "engine/state/tasks.h"

#include <fmt/format.h>

#include "engine/api/command.h"
#include "engine/api/problem.h"
#include "engine/api/resources.h"
#include "engine/calling/number.h"
#include "engine/calling/task_wish.h"

namespace hookswitch {
namespace {

const std::vector<std::string> kTaskStatuses{"scheduled", "in_progress", "completed",
                                             "failed",    "canceled",    "exhausted"};

Response list_tasks(const ApiParts& parts, const ApiRequest& request) {
  auto tenant = request.tenant();
  if (!tenant) return problem(tenant.error());
  auto reader = parts.store.read();
  if (!reader) return problem(reader.error());
  const Query& query = request.query;
  TaskFilter filter{query.text("status"),   query.text("kind"), *tenant,
                    query.text("campaign"), query.text("to"),   query.text("contact")};
  auto page = task_page(**reader, filter, query.cursor(), query.limit());
  return page ? list_answer(std::move(page->rows), page->next_cursor) : problem(page.error());
}

std::optional<Task> visible_task(const Reader& reader, const ApiRequest& request) {
  auto task = find_task(reader, request.path[0]);
  if (task && !request.caller.may_see(task->tenant)) return std::nullopt;
  return task;
}

Response one_task(const ApiParts& parts, const ApiRequest& request) {
  auto reader = parts.store.read();
  if (!reader) return problem(reader.error());
  auto task = visible_task(**reader, request);
  if (task) return json_answer(task->to_json());
  return problem(404, fmt::format("get task {}: found none", request.path[0].substr(0, 80)));
}

Response preview(const ApiParts& parts, const ApiRequest& request) {
  auto reader = parts.store.read();
  if (!reader) return problem(reader.error());
  auto task = visible_task(**reader, request);
  if (task && parts.preview_task) return json_answer(parts.preview_task(**reader, *task));
  return problem(404, fmt::format("preview task {}: found none", request.path[0].substr(0, 80)));
}

// A number that cannot exist is said at once; whether it may be rung is decided when it is.
Status check_number(const Json& wish, const std::string& country) {
  if (!wish.contains("to")) return {};
  std::string to = wish["to"].get<std::string>();
  if (dial_number(to, country).kind != NumberKind::invalid) return {};
  return fail(Code::invalid, "body: to: found \"{}\", expected a telephone number", to.substr(0, 40));
}

Result<std::string> take_tenant(const ApiRequest& request, Json& body) {
  Json tenant = body.value("tenant", Json(request.caller.tenant));
  body.erase("tenant");
  if (!tenant.is_string()) return fail(Code::invalid, "body: tenant: expected a text");
  if (request.caller.may_see(tenant.get<std::string>())) return tenant.get<std::string>();
  return fail(Code::denied, "body: tenant: found a tenant that is not the token's own");
}

std::optional<Response> create_task(const ApiParts& parts, ApiRequest& request) {
  Json body = request.body;
  auto tenant = take_tenant(request, body);
  if (!tenant) return problem(tenant.error());
  std::string country = parts.country_of ? parts.country_of(*tenant) : "";
  auto wish = read_task_wish(body, country);
  if (!wish) return problem(wish.error());
  if (auto good = check_number(*wish, country); !good) return problem(good.error());
  return submit(parts, request, "task.create", {{"tenant", *tenant}, {"wish", std::move(*wish)}});
}

std::optional<Response> change_task(const ApiParts& parts, ApiRequest& request) {
  Json body = request.body;
  Json status = body.value("status", Json(""));
  body.erase("status");
  if (status != "" && status != "scheduled" && status != "completed" && status != "canceled")
    return problem(400, "body: status: expected scheduled, completed or canceled");
  if (body.contains("key")) return problem(400, "body: key: a task keeps its key");
  auto good = read_task_change(body, "");
  if (!good) return problem(good.error());
  return submit(parts, request, "task.update",
                {{"tenant", request.caller.tenant}, {"id", request.path[0]}, {"status", status}, {"change", body}});
}

std::optional<Response> cancel_task(const ApiParts& parts, ApiRequest& request) {
  return submit(parts, request, "task.cancel", {{"tenant", request.caller.tenant}, {"id", request.path[0]}});
}

void add_reads(Endpoints& to, const ApiParts& parts) {
  to.push_back({.method = "GET",
                .path = "/api/v1/tasks",
                .summary = "Callbacks and check-ins: of one status in its order, else the newest first",
                .query = {{"tenant", "business/location"},
                          {"status", "where the task is", ParameterType::word, kTaskStatuses},
                          {"kind", "callback, check_in, ..."},
                          {"campaign", "id of a campaign"},
                          {"to", "number in E.164"},
                          {"contact", "id of a contact"}},
                .answers = "Task",
                .list = true,
                .handle = [&parts](ApiRequest& request) { return list_tasks(parts, request); }});
  to.push_back({.method = "GET",
                .path = "/api/v1/tasks/{id}",
                .summary = "One task, with its attempts",
                .answers = "Task",
                .handle = [&parts](ApiRequest& request) { return one_task(parts, request); }});
  to.push_back({.method = "GET",
                .path = "/api/v1/tasks/{id}/preview",
                .summary = "When its next attempts would be, if none reached anybody",
                .answers = "TaskPreview",
                .handle = [&parts](ApiRequest& request) { return preview(parts, request); }});
}

}  // namespace

void add_tasks(Endpoints& to, const ApiParts& parts) {
  add_reads(to, parts);
  to.push_back({.method = "POST",
                .path = "/api/v1/tasks",
                .role = Role::operate,
                .summary = "Schedule a call or a message; the same key again changes the task while it waits",
                .answers = "Task",
                .takes = "TaskWish",
                .statuses = {201, 200},
                .handle = [&parts](ApiRequest& request) { return create_task(parts, request); }});
  to.push_back({.method = "PATCH",
                .path = "/api/v1/tasks/{id}",
                .role = Role::operate,
                .summary = "Change one that has not ended, or say that it is completed, canceled or to be tried again. "
                           "An attempt that is not sent yet is taken back and made anew as the change says; while one "
                           "is under way the change is for the next",
                .answers = "Task",
                .takes = "TaskChange",
                .handle = [&parts](ApiRequest& request) { return change_task(parts, request); }});
  to.push_back({.method = "DELETE",
                .path = "/api/v1/tasks/{id}",
                .role = Role::operate,
                .summary = "Take one back; it stays to be seen as canceled",
                .answers = "Task",
                .handle = [&parts](ApiRequest& request) { return cancel_task(parts, request); }});
}

}  // namespace hookswitch
