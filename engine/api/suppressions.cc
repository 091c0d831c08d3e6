// /suppressions: numbers that must not be called.
#include "engine/state/suppressions.h"

#include <fmt/format.h>

#include "engine/api/command.h"
#include "engine/api/problem.h"
#include "engine/api/resources.h"
#include "engine/calling/number.h"

namespace hookswitch {
namespace {

constexpr size_t kReasonBytes = 500;

Response list_suppressions(const ApiParts& parts, const ApiRequest& request) {
  auto tenant = request.tenant();
  if (!tenant) return problem(tenant.error());
  auto reader = parts.store.read();
  if (!reader) return problem(reader.error());
  auto page = suppressions_page(**reader, *tenant, request.query.cursor(), request.query.limit());
  return page ? list_answer(std::move(page->rows), page->next_cursor) : problem(page.error());
}

Result<Json> about_number(const ApiParts& parts, const ApiRequest& request, const Json& tenant) {
  if (!tenant.is_string()) return fail(Code::invalid, "tenant: expected a text");
  auto whose = tenant.get<std::string>();
  if (!request.caller.may_see(whose)) return fail(Code::denied, "tenant: found a tenant that is not the token's own");
  std::string country = parts.country_of ? parts.country_of(whose) : "";
  if (dial_number(request.path[0], country).kind == NumberKind::invalid)
    return fail(Code::invalid, "path: found \"{}\", expected a telephone number", request.path[0].substr(0, 40));
  return Json{{"tenant", whose}, {"phone", request.path[0]}};
}

// The tenant it is about: the caller's own, or the one named; "" is everybody.
Result<Json> wish_of(const ApiParts& parts, const ApiRequest& request) {
  if (auto known = check_keys(request.body, {"tenant", "reason", "until"}); !known)
    return std::unexpected(known.error());
  auto command = about_number(parts, request, request.body.value("tenant", Json(request.caller.tenant)));
  if (!command) return command;
  Json reason = request.body.value("reason", Json(""));
  if (!reason.is_string() || reason.get_ref<const std::string&>().size() > kReasonBytes)
    return fail(Code::invalid, "body: reason: expected a text of at most {} bytes", kReasonBytes);
  (*command)["reason"] = reason;
  if (!request.body.contains("until")) return command;
  Json until = request.body["until"];
  auto until_ms = until.is_string() ? parse_time(until.get<std::string>()) : std::nullopt;
  if (!until_ms) return fail(Code::invalid, "body: until: expected a time such as 2027-01-01T00:00:00Z");
  (*command)["until"] = *until_ms;
  return command;
}

std::optional<Response> put(const ApiParts& parts, ApiRequest& request) {
  auto command = wish_of(parts, request);
  if (!command) return problem(command.error());
  return submit(parts, request, "suppression.put", std::move(*command));
}

// A tenant in a body that nobody reads would let everybody call again.
std::optional<Response> remove(const ApiParts& parts, ApiRequest& request) {
  if (request.http.has_body) return problem(400, "body: expected none; ?tenant= says for whom");
  std::string tenant = request.query.has("tenant") ? request.query.text("tenant") : request.caller.tenant;
  auto command = about_number(parts, request, tenant);
  if (!command) return problem(command.error());
  return submit(parts, request, "suppression.delete", std::move(*command));
}

}  // namespace

void add_suppressions(Endpoints& to, const ApiParts& parts) {
  to.push_back({.method = "GET",
                .path = "/api/v1/suppressions",
                .summary = "Numbers that must not be called, by number",
                .query = {{"tenant", "business/location"}},
                .answers = "Suppression",
                .list = true,
                .handle = [&parts](ApiRequest& request) { return list_suppressions(parts, request); }});
  to.push_back({.method = "PUT",
                .path = "/api/v1/suppressions/{phone}",
                .role = Role::operate,
                .summary = "Never call this number, or not before a time; for a tenant, or for all",
                .answers = "Suppression",
                .takes = "SuppressionWish",
                .handle = [&parts](ApiRequest& request) { return put(parts, request); }});
  to.push_back({.method = "DELETE",
                .path = "/api/v1/suppressions/{phone}",
                .role = Role::operate,
                .summary = "Let a number be called again, by a tenant, or by all who name none",
                .query = {{"tenant", "business/location"}},
                .handle = [&parts](ApiRequest& request) { return remove(parts, request); }});
}

}  // namespace hookswitch
