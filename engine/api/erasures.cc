// /erasures: forgetting a person or a tenant.
#include "engine/state/erasures.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/api/command.h"
#include "engine/api/problem.h"
#include "engine/api/resources.h"

namespace hookswitch {
namespace {

const char* const kErasureSchemas = R"({
  "ErasureWish": {"type": "object", "additionalProperties": false, "properties": {
    "phone": {"type": "string", "description": "of a person: a number with its country code, +40722123456"},
    "tenant": {"type": "string", "description": "instead of a phone: business/location"},
    "suppressions": {"type": "boolean", "description": "the do-not-call list forgets the number too; it stays there otherwise"}}},
  "Erasure": {"type": "object", "properties": {
    "id": {"type": "string"}, "of": {"type": "string", "enum": ["phone", "tenant"]},
    "status": {"type": "string", "enum": ["state", "log", "done"]},
    "suppressions": {"type": "boolean"},
    "erased": {"type": "object", "description": "how many of each kind: calls, transcripts, records, ..."},
    "by": {"type": "string"}, "created_at": {"type": "string", "format": "date-time"},
    "ended_at": {"type": ["string", "null"], "format": "date-time"}}}
})";

constexpr size_t kDigitsMin = 7;
constexpr size_t kDigitsMax = 15;  // of any number, by E.164

bool is_number(const std::string& text) {
  return text.starts_with('+') && text.size() > kDigitsMin && text.size() <= kDigitsMax + 1 &&
         std::all_of(text.begin() + 1, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// The tenant has a name of its own in the command, for "tenant" says there whom the caller is bound to.
Result<Json> erasure_command(const Json& body) {
  if (auto known = check_keys(body, {"phone", "tenant", "suppressions"}); !known) return std::unexpected(known.error());
  if (body.contains("phone") == body.contains("tenant"))
    return fail(Code::invalid, "body: expected either phone or tenant");
  if (body.contains("suppressions") && !body["suppressions"].is_boolean())
    return fail(Code::invalid, "body: suppressions: expected true or false");
  Json command{{"of", body.contains("phone") ? "phone" : "tenant"},
               {"suppressions", body.value("suppressions", false)}};
  if (body.contains("phone")) {
    if (!body["phone"].is_string() || !is_number(body["phone"].get<std::string>()))
      return fail(Code::invalid, "body: phone: expected a number with its country code, such as +40722123456");
    command["phone"] = body["phone"];
    return command;
  }
  if (!body["tenant"].is_string() || body["tenant"].get<std::string>().find('/') == std::string::npos)
    return fail(Code::invalid, "body: tenant: expected business/location");
  command["erase_tenant"] = body["tenant"];
  return command;
}

std::optional<Response> start_erasure(const ApiParts& parts, ApiRequest& request) {
  auto command = erasure_command(request.body);
  if (!command) return problem(command.error());
  return submit(parts, request, "erasure.start", std::move(*command));
}

Response list_erasures(const ApiParts& parts, const ApiRequest& request) {
  auto reader = parts.store.read();
  if (!reader) return problem(reader.error());
  auto page = erasure_page(**reader, request.query.cursor(), request.query.limit());
  return page ? list_answer(std::move(page->rows), page->next_cursor) : problem(page.error());
}

Response one_erasure(const ApiParts& parts, const ApiRequest& request) {
  auto reader = parts.store.read();
  if (!reader) return problem(reader.error());
  if (auto erasure = find_erasure(**reader, request.path[0])) return json_answer(erasure->to_json());
  return problem(404, fmt::format("get erasure {}: found none", request.path[0].substr(0, 80)));
}

}  // namespace

Json erasure_schemas() { return parse_json(kErasureSchemas); }

void add_erasures(Endpoints& to, const ApiParts& parts) {
  to.push_back({.method = "POST",
                .path = "/api/v1/erasures",
                .role = Role::admin,
                .every_tenant = true,
                .summary = "Forget a person or a tenant; 202 with the erasure, which goes on by itself",
                .answers = "Erasure",
                .takes = "ErasureWish",
                .statuses = {202},
                .handle = [&parts](ApiRequest& request) { return start_erasure(parts, request); }});
  to.push_back({.method = "GET",
                .path = "/api/v1/erasures",
                .role = Role::admin,
                .every_tenant = true,
                .summary = "Erasures, newest first, without whom they were about",
                .answers = "Erasure",
                .list = true,
                .handle = [&parts](ApiRequest& request) { return list_erasures(parts, request); }});
  to.push_back({.method = "GET",
                .path = "/api/v1/erasures/{id}",
                .role = Role::admin,
                .every_tenant = true,
                .summary = "One erasure and how far it has come",
                .answers = "Erasure",
                .handle = [&parts](ApiRequest& request) { return one_erasure(parts, request); }});
}

}  // namespace hookswitch
