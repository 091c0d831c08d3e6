// What each resource adds to the API: one function per file of the same name.
#pragma once

#include "engine/api/endpoint.h"
#include "engine/api/live.h"
#include "engine/api/parts.h"
#include "engine/state/call.h"

namespace hookswitch {

void add_operations(Endpoints& to, const ApiParts& parts);  // /healthz /readyz /metrics
void add_calls(Endpoints& to, const ApiParts& parts);
void add_place_call(Endpoints& to, const ApiParts& parts);  // POST /calls, /calls/{id}/end
void add_actions(Endpoints& to, const ApiParts& parts);
void add_tasks(Endpoints& to, const ApiParts& parts);
void add_suppressions(Endpoints& to, const ApiParts& parts);
void add_campaigns(Endpoints& to, const ApiParts& parts);
void add_syncs(Endpoints& to, const ApiParts& parts);
void add_transcript(Endpoints& to, const ApiParts& parts, LiveStreams& live);
void add_recording(Endpoints& to, const ApiParts& parts);
void add_kpis(Endpoints& to, const ApiParts& parts);
void add_stats(Endpoints& to, const ApiParts& parts);
void add_activity(Endpoints& to, const ApiParts& parts);
void add_people(Endpoints& to, const ApiParts& parts);  // /contacts /agents
void add_events(Endpoints& to, const ApiParts& parts);
void add_dead(Endpoints& to, const ApiParts& parts);
void add_eval(Endpoints& to, const ApiParts& parts);
void add_refusals(Endpoints& to, const ApiParts& parts);
void add_audit(Endpoints& to, const ApiParts& parts);
void add_erasures(Endpoints& to, const ApiParts& parts);
void add_tokens(Endpoints& to, const ApiParts& parts);
void add_stream(Endpoints& to, const ApiParts& parts, LiveStreams& live);
void add_engine(Endpoints& to, const ApiParts& parts);  // /status /plugins /rules
/// Last: describes what all the others added, and itself.
void add_openapi(Endpoints& to, const ApiParts& parts);

/// The OpenAPI 3.1 document of these endpoints.
Json openapi(const Endpoints& endpoints, const std::string& version);
/// Schemas by name, for openapi().
Json schemas();
Json task_schemas();  // tasks, do-not-call, campaigns
Json sync_schemas();
Json audit_schemas();
Json erasure_schemas();

/// The parameters of every list.
void add_paging(std::vector<Parameter>& to);
/// The call that this id, of ours or of any provider, names, if the caller may see it.
Result<Call> visible_call(const Reader& reader, const Caller& caller, std::string_view id);

}  // namespace hookswitch
