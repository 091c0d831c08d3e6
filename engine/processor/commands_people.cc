// Contacts and agents put and removed by people.
#include <fmt/format.h>

#include "engine/processor/belonging.h"
#include "engine/processor/command.h"
#include "engine/state/agents.h"
#include "engine/state/contacts.h"

namespace hookswitch {
namespace {

// A row is put whole; who is bound to a tenant makes rows of that tenant and touches no other's.
std::optional<Answer> refused(const Json& body, const std::optional<Json>& before, const char* what) {
  if (!before || command_may_see(body, json_text(*before, "tenant"))) return std::nullopt;
  return command_problem(404, fmt::format("change {} {}: found none", what, json_text(body, "id")));
}

Json row_of(const Json& body) {
  Json row = body.value("row", Json::object());
  row["id"] = json_text(body, "id");
  if (std::string bound = json_text(body, "tenant"); !bound.empty()) row["tenant"] = bound;
  return row;
}

Answer stored(const Json& row, const Status& put, bool is_new) {
  if (!put) return command_problem(400, put.error().message);
  return command_done(is_new ? 201 : 200, row);
}

Answer put_contact_row(const CommandContext& context, const Json& body) {
  auto before = find_contact(context.writer, json_text(body, "id"));
  if (auto no = refused(body, before, "contact")) return *no;
  Json row = row_of(body);
  return stored(row, put_contact(context.writer, row), !before);
}

Answer remove_contact_row(const CommandContext& context, const Json& body) {
  std::string id = json_text(body, "id");
  auto before = find_contact(context.writer, id);
  if (auto no = refused(body, before, "contact")) return *no;
  if (!remove_contact(context.writer, id))
    return command_problem(404, fmt::format("remove contact {}: found none", id));
  return command_done(200, *before);
}

// An agent's row says whose its calls are: who is bound to a tenant may not say it of another's agent or source. A row
// without a source is for all of them, so it needs that none of them is another's.
std::optional<Answer> claims_too_much(const CommandContext& context, const Json& body, const Json& row) {
  std::string bound = json_text(body, "tenant"), source = json_text(row, "source"), id = json_text(body, "id");
  if (bound.empty()) return std::nullopt;
  if (!other_owner_of_agent(context.writer, context.directory, bound, id).empty())
    return command_problem(404, fmt::format("change agent {}: found none", id));
  bool others = !may_use_source(context.directory, bound, source);
  for (const std::string& name : context.sources.names())
    others = others || (source.empty() && !may_use_source(context.directory, bound, name));
  if (!others) return std::nullopt;
  return command_problem(400,
                         fmt::format("change agent {}: source: found \"{}\", expected one of your own", id, source));
}

Answer put_agent_row(const CommandContext& context, const Json& body) {
  auto before = find_agent(context.writer, json_text(body, "id"));
  Json row = row_of(body);
  if (auto no = claims_too_much(context, body, row)) return *no;
  return stored(row, put_agent(context.writer, row), !before);
}

Answer remove_agent_row(const CommandContext& context, const Json& body) {
  std::string id = json_text(body, "id");
  auto before = find_agent(context.writer, id);
  if (auto no = refused(body, before, "agent")) return *no;
  if (!before || !remove_agent(context.writer, json_text(*before, "source"), id))
    return command_problem(404, fmt::format("remove agent {}: found none", id));
  return command_done(200, *before);
}

}  // namespace

Commands people_commands() {
  return {{"contact.put", put_contact_row},
          {"contact.delete", remove_contact_row},
          {"agent.put", put_agent_row},
          {"agent.delete", remove_agent_row}};
}

}  // namespace hookswitch
