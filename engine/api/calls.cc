// GET /calls and /calls/{id}.
#include <fmt/format.h>

#include "engine/api/problem.h"
#include "engine/api/resources.h"
#include "engine/calling/number.h"
#include "engine/state/call_ids.h"
#include "engine/state/calls_page.h"

namespace hookswitch {
namespace {

const std::vector<std::string> kCallStatuses{"initiated", "ringing", "in_progress", "completed",     "failed",
                                         "no_answer", "busy",    "canceled",    "ended_manually"};

// As calls have it; what cannot be a number is looked for by its digits. Two zeros are a plus, also where another
// prefix is dialled, and so is a blank, which a plus in a URL stands for. Digits may have their country code or not.
void set_phone(const ApiParts& parts, std::string said, CallFilter& filter) {
  if (said.starts_with(' ')) said.front() = '+';
  filter.phone = said.starts_with("00") ? known_number("+" + said.substr(2), "") : "";
  if (!filter.phone.empty()) return;
  filter.phone = known_number(said, parts.country_of ? parts.country_of(filter.tenant) : "");
  if (filter.phone.empty()) filter.phone = said;
  if (said.starts_with('+')) return;
  const std::string whole = known_number("+" + said, "");
  if (phone_digits(whole) != phone_digits(filter.phone)) filter.other_phone = whole;
}

Result<CallFilter> filter_of(const ApiParts& parts, const ApiRequest& request) {
  auto tenant = request.tenant();
  if (!tenant) return std::unexpected(tenant.error());
  const Query& query = request.query;
  CallFilter filter;
  filter.tenant = *tenant;
  filter.source = query.text("source");
  filter.agent = query.text("agent");
  filter.status = query.text("status");
  filter.disposition = query.text("disposition");
  filter.intent = query.text("intent");
  filter.direction = query.text("direction");
  if (query.has("phone")) set_phone(parts, query.text("phone"), filter);
  filter.from_ms = query.time("from", filter.from_ms);
  filter.to_ms = query.time("to", filter.to_ms);
  filter.q = query.text("q");
  return filter;
}

Response list_calls(const ApiParts& parts, const ApiRequest& request) {
  auto filter = filter_of(parts, request);
  if (!filter) return problem(filter.error());
  auto reader = parts.store.read();
  if (!reader) return problem(reader.error());
  auto page = calls_page(**reader, *filter, request.query.cursor(), request.query.limit());
  if (!page) return problem(page.error());
  std::vector<Json> rows;
  for (const Call& call : page->rows) rows.push_back(call.to_json());
  return list_answer(std::move(rows), page->next_cursor);
}

Response one_call(const ApiParts& parts, const ApiRequest& request) {
  auto reader = parts.store.read();
  if (!reader) return problem(reader.error());
  auto call = visible_call(**reader, request.caller, request.path[0]);
  return call ? json_answer(call->to_json()) : problem(call.error());
}

}  // namespace

Result<Call> visible_call(const Reader& reader, const Caller& caller, std::string_view id) {
  auto our_id = resolve_call_id(reader, id);
  auto call = our_id ? get_call(reader, *our_id) : std::optional<Call>();
  if (!call) return std::unexpected(call.error());
  if (*call && caller.may_see((*call)->text(CallField::tenant))) return std::move(**call);
  return fail(Code::not_found, "get call {}: found none, expected an id of ours or of a provider", id.substr(0, 200));
}

void add_calls(Endpoints& to, const ApiParts& parts) {
  to.push_back(
      {.method = "GET",
       .path = "/api/v1/calls",
       .summary = "Calls, newest first",
       .query = {{"tenant", "business/location"},
                 {"source", "configured source"},
                 {"agent", "the provider's id of the agent"},
                 {"status", "where the call is", ParameterType::word, kCallStatuses},
                 {"disposition", "the rules' word for how it ended"},
                 {"intent", "what it was about"},
                 {"direction", "who called", ParameterType::word, {"inbound", "outbound"}},
                 {"phone",
                  "number on either side, in any writing; without its country code where the tenant has a country"},
                 {"from", "started at or after", ParameterType::time},
                 {"to", "started before", ParameterType::time},
                 {"q", "part of a name, summary, number or id"}},
       .answers = "Call",
       .list = true,
       .handle = [&parts](ApiRequest& request) { return list_calls(parts, request); }});
  to.push_back({.method = "GET",
                .path = "/api/v1/calls/{id}",
                .summary = "One call, by our id or any provider's",
                .answers = "Call",
                .handle = [&parts](ApiRequest& request) { return one_call(parts, request); }});
}

}  // namespace hookswitch
