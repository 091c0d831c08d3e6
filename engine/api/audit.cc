// GET /audit: who changed what, and from where.
#include "engine/state/audit.h"

#include "engine/api/problem.h"
#include "engine/api/resources.h"

namespace hookswitch {
namespace {

const char* const kAuditSchemas = R"({
  "AuditRow": {"type": "object", "properties": {
    "seq": {"type": "integer", "description": "of the command's record: GET /events/{seq}"},
    "time": {"type": "string", "format": "date-time"},
    "by": {"type": "string", "description": "id of the token; jwt: and the subject; cli; command line"},
    "from": {"type": ["string", "null"], "description": "the client's address"},
    "command": {"type": "string"}, "target": {"type": ["string", "null"], "description": "what it is about"},
    "tenant": {"type": ["string", "null"]}, "status": {"type": "integer", "description": "of the answer"},
    "done": {"type": "boolean", "description": "false: it was refused and changed nothing"}}}
})";

Response list_audit(const ApiParts& parts, const ApiRequest& request) {
  auto tenant = request.tenant();
  if (!tenant) return problem(tenant.error());
  auto reader = parts.store.read();
  if (!reader) return problem(reader.error());
  const Query& query = request.query;
  AuditFilter filter{query.text("by"), query.text("command"), query.text("target"), *tenant};
  filter.from_ms = query.time("from", filter.from_ms);
  filter.to_ms = query.time("to", filter.to_ms);
  auto page = audit_page(**reader, filter, query.cursor(), query.limit());
  return page ? list_answer(std::move(page->rows), page->next_cursor) : problem(page.error());
}

}  // namespace

Json audit_schemas() { return parse_json(kAuditSchemas); }

void add_audit(Endpoints& to, const ApiParts& parts) {
  to.push_back({.method = "GET",
                .path = "/api/v1/audit",
                .role = Role::admin,
                .summary = "Changes that were asked for, newest first: by whom, from where, and whether they were made",
                .query = {{"tenant", "business/location"},
                          {"by", "id of a token, jwt: and a subject, cli"},
                          {"command", "such as task.update; may end in *"},
                          {"target", "id of what it is about"},
                          {"from", "at or after", ParameterType::time},
                          {"to", "before", ParameterType::time}},
                .answers = "AuditRow",
                .list = true,
                .handle = [&parts](ApiRequest& request) { return list_audit(parts, request); }});
}

}  // namespace hookswitch
