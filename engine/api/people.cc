// /contacts and /agents: people and the agents that speak with them, read, put and removed.
#include <fmt/format.h>

#include "engine/api/command.h"
#include "engine/api/problem.h"
#include "engine/api/resources.h"
#include "engine/base/tenant_id.h"
#include "engine/calling/contact_list.h"
#include "engine/calling/number.h"
#include "engine/state/agents.h"
#include "engine/state/contacts.h"

namespace hookswitch {
namespace {

using Find = std::optional<Json> (*)(const Reader&, std::string_view, const Caller&);
using ReadPage = Result<JsonPage> (*)(const Reader&, std::string_view, std::string_view, size_t);

// One of the two tables: they are shown alike.
struct People {
  const char* what;
  Find find;  // what the caller may see
  ReadPage page;
  Status (*check)(const Json& row) = [](const Json&) -> Status { return {}; };  // what is put
};

bool visible(const Json& row, const Caller& caller) { return caller.may_see(json_text(row, "tenant")); }

std::optional<Json> visible_contact(const Reader& reader, std::string_view id, const Caller& caller) {
  auto row = find_contact(reader, id);
  return row && visible(*row, caller) ? row : std::nullopt;
}

// Tenants may have agents of the same id, each of a source of its own.
std::optional<Json> visible_agent(const Reader& reader, std::string_view id, const Caller& caller) {
  for (Json& row : agents_of(reader, id)) {
    if (visible(row, caller)) return std::move(row);
  }
  return std::nullopt;
}

Response list_people(const ApiParts& parts, const ApiRequest& request, const People& people) {
  auto reader = parts.store.read();
  if (!reader) return problem(reader.error());
  auto page = people.page(**reader, request.caller.tenant, request.query.cursor(), request.query.limit());
  return page ? list_answer(std::move(page->rows), page->next_cursor) : problem(page.error());
}

Response one_person(const ApiParts& parts, const ApiRequest& request, const People& people) {
  auto reader = parts.store.read();
  if (!reader) return problem(reader.error());
  if (auto row = people.find(**reader, request.path[0], request.caller)) return json_answer(*row);
  return problem(404, fmt::format("get {} {}: found none", people.what, request.path[0].substr(0, 200)));
}

// Said at once: numbers are looked up by one spelling, and what cannot be read would never be found.
Status check_phones(const ApiParts& parts, const ApiRequest& request) {
  Json phones = request.body.value("phones", Json());
  if (!phones.is_array()) return {};  // others are refused with the row
  std::string tenant = request.caller.tenant.empty() ? json_text(request.body, "tenant") : request.caller.tenant;
  std::string country = parts.country_of ? parts.country_of(tenant) : "";
  for (const Json& phone : phones) {
    if (phone.is_string() && !known_number(phone.get<std::string>(), country).empty()) continue;
    return fail(Code::invalid, "body: phones: found {}, expected a telephone number{}", dump(phone).substr(0, 80),
                country.empty() ? " with its country code" : " of " + country + ", or with its country code");
  }
  return {};
}

// Put whole; what belongs to another tenant looks as if it were not there.
std::optional<Response> put(const ApiParts& parts, ApiRequest& request, const People& people) {
  if (const std::string tenant = json_text(request.body, "tenant"); !tenant.empty() && !is_tenant_id(tenant))
    return problem(400, fmt::format("body: tenant: found \"{}\", expected business/location", tenant.substr(0, 200)));
  if (auto good = check_phones(parts, request); !good) return problem(good.error());
  if (auto good = people.check(request.body); !good) return problem(wrap(good.error(), "body").error());
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
                .handle = [&parts, people](ApiRequest& request) { return list_people(parts, request, people); }});
  to.push_back({.method = "GET",
                .path = path + "/{id}",
                .summary = fmt::format("One {}", people.what),
                .answers = answers,
                .handle = [&parts, people](ApiRequest& request) { return one_person(parts, request, people); }});
  to.push_back({.method = "PUT",
                .path = path + "/{id}",
                .role = Role::operate,
                .summary = fmt::format("Put or replace one {}", people.what),
                .answers = answers,
                .takes = answers,
                .statuses = {201, 200},
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
  add(to, parts, {"contact", visible_contact, contacts_page, check_callee}, "Contact");
  add(to, parts, {"agent", visible_agent, agents_page}, "Agent");
}

}  // namespace hookswitch
