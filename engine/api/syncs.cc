// /sync: asking a provider for what its webhooks missed.
#include "engine/state/syncs.h"

#include <fmt/format.h>

#include "engine/api/command.h"
#include "engine/api/problem.h"
#include "engine/api/resources.h"

namespace hookswitch {
namespace {

const char* const kSyncSchemas = R"({
  "SyncWish": {"type": "object", "required": ["source"], "additionalProperties": false, "properties": {
    "source": {"type": "string"},
    "resource": {"type": "string", "description": "conversations, calls, ...; the source's usual one when left out"},
    "from": {"type": "string", "description": "RFC 3339 or milliseconds; a while before the last sync when left out"},
    "to": {"type": "string", "description": "RFC 3339 or milliseconds; the newest when left out"},
    "agent_id": {"type": "string"}}},
  "Sync": {"type": "object", "properties": {
    "id": {"type": "string"}, "source": {"type": "string"}, "resource": {"type": "string"},
    "filter": {"type": "object"}, "from": {"type": ["string", "null"], "format": "date-time"},
    "to": {"type": ["string", "null"], "format": "date-time"},
    "by": {"type": "string", "description": "token, or schedule or downtime"},
    "status": {"type": "string", "enum": ["waiting", "running", "done", "failed", "canceled"]},
    "pages": {"type": "integer"}, "total": {"type": "integer", "description": "things found"},
    "synced": {"type": "integer", "description": "created and updated"},
    "created": {"type": "integer", "description": "calls that nobody had told of"},
    "updated": {"type": "integer", "description": "known calls of which something was new"},
    "skipped": {"type": "integer", "description": "nothing was new, or listed and gone"},
    "failed": {"type": "integer", "description": "could not be fetched or read"},
    "created_at": {"type": "string", "format": "date-time"},
    "started_at": {"type": ["string", "null"], "format": "date-time"},
    "ended_at": {"type": ["string", "null"], "format": "date-time"},
    "reason": {"type": ["string", "null"],
      "description": "why it failed or left something out, or an agent that belongs to no tenant"}}}
})";

Result<Json> sync_command(const Json& body) {
  if (auto known = check_keys(body, {"source", "resource", "from", "to", "agent_id"}); !known)
    return std::unexpected(known.error());
  for (const auto& [key, value] : body.items()) {
    if (!value.is_string()) return fail(Code::invalid, "body: {}: expected a text", key);
  }
  Json command{{"source", body.value("source", "")}, {"resource", body.value("resource", "")}};
  if (command["source"] == "") return fail(Code::invalid, "body: source: missing, expected the name of a source");
  for (const char* key : {"from", "to"}) {
    if (!body.contains(key)) continue;
    auto time = parse_time(body[key].get<std::string>());
    if (!time) return fail(Code::invalid, "body: {}: expected a time such as 2026-03-01T09:00:00Z", key);
    command[std::string(key) + "_ms"] = *time;
  }
  if (body.contains("agent_id")) command["filter"] = {{"agent_id", body["agent_id"]}};
  return command;
}

std::optional<Response> start_sync(const ApiParts& parts, ApiRequest& request) {
  auto command = sync_command(request.body);
  if (!command) return problem(command.error());
  return submit(parts, request, "sync.start", std::move(*command));
}

std::optional<Response> cancel_sync(const ApiParts& parts, ApiRequest& request) {
  if (auto known = check_keys(request.body, {}); !known) return problem(known.error());
  return submit(parts, request, "sync.cancel", {{"id", request.path[0]}});
}

Response list_syncs(const ApiParts& parts, const ApiRequest& request) {
  auto reader = parts.store.read();
  if (!reader) return problem(reader.error());
  auto page = sync_page(**reader, request.query.text("source"), request.query.cursor(), request.query.limit());
  return page ? list_answer(std::move(page->rows), page->next_cursor) : problem(page.error());
}

Response one_sync(const ApiParts& parts, const ApiRequest& request) {
  auto reader = parts.store.read();
  if (!reader) return problem(reader.error());
  if (auto sync = find_sync(**reader, request.path[0])) return json_answer(sync->to_json());
  return problem(404, fmt::format("get sync {}: found none", request.path[0].substr(0, 80)));
}

}  // namespace

Json sync_schemas() { return parse_json(kSyncSchemas); }

void add_syncs(Endpoints& to, const ApiParts& parts) {
  to.push_back({.method = "POST",
                .path = "/api/v1/sync",
                .role = Role::operate,
                .every_tenant = true,
                .summary = "Ask a provider for what its webhooks missed; 202 with the sync, which goes on by itself",
                .answers = "Sync",
                .takes = "SyncWish",
                .statuses = {202},
                .handle = [&parts](ApiRequest& request) { return start_sync(parts, request); }});
  to.push_back({.method = "GET",
                .path = "/api/v1/sync",
                .every_tenant = true,
                .summary = "Syncs, newest first",
                .query = {{"source", "configured source"}},
                .answers = "Sync",
                .list = true,
                .handle = [&parts](ApiRequest& request) { return list_syncs(parts, request); }});
  to.push_back({.method = "GET",
                .path = "/api/v1/sync/{id}",
                .every_tenant = true,
                .summary = "One sync and how far it has come",
                .answers = "Sync",
                .handle = [&parts](ApiRequest& request) { return one_sync(parts, request); }});
  to.push_back({.method = "POST",
                .path = "/api/v1/sync/{id}/cancel",
                .role = Role::operate,
                .every_tenant = true,
                .summary = "End one after the page under way",
                .answers = "Sync",
                .handle = [&parts](ApiRequest& request) { return cancel_sync(parts, request); }});
}

}  // namespace hookswitch
