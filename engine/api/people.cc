// /contacts and /agents: people and the agents that speak with them, read, put and removed.
#include <fmt/format.h>

#include "engine/api/command.h"
#include "engine/api/problem.h"
#include "engine/api/resources.h"
#include "engine/state/agents.h"
#include "engine/state/contacts.h"

namespace hookswitch {
namespace {

using Find = std::optional<Json> (*)(const Reader&, std::string_view);
using Page = Result<JsonPage> (*)(const Reader&, std::string_view, std::string_view, size_t);

// One of the two tables: they are shown alike.
struct People {
  const char* what;
  Find find;
  Page page;
};

bool visible(const Json& row, const Caller& caller) { return caller.may_see(json_text(row, "tenant")); }

Response list(const ApiParts& parts, const ApiRequest& request, const People& people) {
  auto reader = parts.store.read();
  if (!reader) return problem(reader.error());
  auto page = people.page(**reader, request.caller.tenant, request.query.cursor(), request.query.limit());
  return page ? list_answer(std::move(page->rows), page->next_cursor) : problem(page.error());
}

Response one(const ApiParts& parts, const ApiRequest& request, const People& people) {
  auto reader = parts.store.read();
  if (!reader) return problem(reader.error());
  auto row = people.find(**reader, request.path[0]);
  if (row && visible(*row, request.caller)) return json_answer(*row);
  return problem(404, fmt::format("get {} {}: found none", people.what, request.path[0].substr(0, 200)));
}

// Put whole; what belongs to another tenant looks as if it were not there.
std::optional<Response> put(const ApiParts& parts, ApiRequest& request, const People& people) {
  return submit(parts, request, fmt::format("{}.put", people.what),
                {{"id", request.path[0]}, {"row", request.body}, {"tenant", request.caller.tenant}});
}

std::optional<Response> remove(const ApiParts& parts, ApiRequest& request, const People& people) {
  return submit(parts, request, fmt::format("{}.delete", people.what),
                {{"id", request.path[0]}, {"tenant", request.caller.tenant}});
}

void add(Endpoints& to, const ApiParts& parts, const People& people, const std::string& answers) {
  std::string path = fmt::format("/api/v1/{}s", people.what);
  to.push_back({.method = "GET",
                .path = path,
                .summary = fmt::format("All {}s, by id", people.what),
                .answers = answers,
                .list = true,
                .handle = [&parts, people](ApiRequest& request) { return list(parts, request, people); }});
  to.push_back({.method = "GET",
                .path = path + "/{id}",
                .summary = fmt::format("One {}", people.what),
                .answers = answers,
                .handle = [&parts, people](ApiRequest& request) { return one(parts, request, people); }});
  to.push_back({.method = "PUT",
                .path = path + "/{id}",
                .role = Role::operate,
                .summary = fmt::format("Put or replace one {}", people.what),
                .answers = answers,
                .takes = answers,
                .handle = [&parts, people](ApiRequest& request) { return put(parts, request, people); }});
  to.push_back({.method = "DELETE",
                .path = path + "/{id}",
                .role = Role::operate,
                .summary = fmt::format("Remove one {}", people.what),
                .answers = answers,
                .handle = [&parts, people](ApiRequest& request) { return remove(parts, request, people); }});
}

}  // namespace

void add_people(Endpoints& to, const ApiParts& parts) {
  add(to, parts, {"contact", find_contact, contacts_page}, "Contact");
  add(to, parts, {"agent", find_agent, agents_page}, "Agent");
}

}  // namespace hookswitch
