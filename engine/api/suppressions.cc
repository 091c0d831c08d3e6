// /suppressions: numbers that must not be called.
#include "engine/state/suppressions.h"

#include <fmt/format.h>

#include "engine/api/command.h"
#include "engine/api/problem.h"
#include "engine/api/resources.h"
#include "engine/calling/number.h"

namespace hookswitch {
namespace {

Response list(const ApiParts& parts, const ApiRequest& request) {
  auto tenant = request.tenant();
  if (!tenant) return problem(tenant.error());
  auto reader = parts.store.read();
  if (!reader) return problem(reader.error());
  auto page = suppressions_page(**reader, *tenant, request.query.cursor(), request.query.limit());
  return page ? list_answer(std::move(page->rows), page->next_cursor) : problem(page.error());
}

// The tenant it is about: the caller's own, or the one named; "" is everybody.
Result<Json> command_of(const ApiParts& parts, const ApiRequest& request) {
  if (auto known = check_keys(request.body, {"tenant", "reason", "until"}); !known)
    return std::unexpected(known.error());
  Json tenant = request.body.value("tenant", Json(request.caller.tenant));
  Json reason = request.body.value("reason", Json(""));
  if (!tenant.is_string() || !reason.is_string() || reason.get_ref<const std::string&>().size() > 500)
    return fail(Code::invalid, "body: expected tenant and reason as texts, the reason of at most 500 bytes");
  if (!request.caller.may_see(tenant.get<std::string>()))
    return fail(Code::denied, "body: tenant: found a tenant that is not the token's own");
  std::string country = parts.country_of ? parts.country_of(tenant.get<std::string>()) : "";
  if (dial_number(request.path[0], country).kind == NumberKind::invalid)
    return fail(Code::invalid, "path: found \"{}\", expected a telephone number", request.path[0].substr(0, 40));
  Json command{{"tenant", tenant}, {"phone", request.path[0]}, {"reason", reason}};
  if (!request.body.contains("until")) return command;
  Json until = request.body["until"];
  auto until_ms = until.is_string() ? parse_time(until.get<std::string>()) : std::nullopt;
  if (!until_ms) return fail(Code::invalid, "body: until: expected a time such as 2027-01-01T00:00:00Z");
  command["until"] = *until_ms;
  return command;
}

std::optional<Response> change(const ApiParts& parts, ApiRequest& request, const char* name) {
  auto command = command_of(parts, request);
  if (!command) return problem(command.error());
  return submit(parts, request, name, std::move(*command));
}

}  // namespace

void add_suppressions(Endpoints& to, const ApiParts& parts) {
  to.push_back({.method = "GET",
                .path = "/api/v1/suppressions",
                .summary = "Numbers that must not be called, by number",
                .query = {{"tenant", "business/location"}},
                .answers = "Suppression",
                .list = true,
                .handle = [&parts](ApiRequest& request) { return list(parts, request); }});
  to.push_back({.method = "PUT",
                .path = "/api/v1/suppressions/{phone}",
                .role = Role::operate,
                .summary = "Never call this number, or not before a time; for a tenant, or for all",
                .answers = "Suppression",
                .takes = "SuppressionWish",
                .handle = [&parts](ApiRequest& request) { return change(parts, request, "suppression.put"); }});
  to.push_back({.method = "DELETE",
                .path = "/api/v1/suppressions/{phone}",
                .role = Role::operate,
                .summary = "Let a number be called again",
                .takes = "SuppressionWish",
                .handle = [&parts](ApiRequest& request) { return change(parts, request, "suppression.delete"); }});
}

}  // namespace hookswitch
