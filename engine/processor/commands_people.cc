// Contacts and agents put and removed by people.
#include <fmt/format.h>

#include <algorithm>

#include "engine/calling/contact_list.h"
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

// What cannot be a number was refused before it came into the log, or is of a time when it was not.
void spell_numbers(Json& row, const Directory& directory) {
  spell_phones(row, directory.tenancy(json_text(row, "tenant")).country);
}

Answer put_contact_row(const CommandContext& context, const Json& body) {
  auto before = find_contact(context.writer, json_text(body, "id"));
  if (auto no = refused(body, before, "contact")) return *no;
  Json row = row_of(body);
  spell_numbers(row, context.directory);
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

// Whether the row under the same id is another's who keeps it: whoever is bound to a tenant does not put its own there,
// but for an agent that the configuration gives it.
bool is_kept_by_other(const CommandContext& context, const Json& body, const Json& row, const Json& old) {
  const std::string whose = json_text(old, "tenant"), source = json_text(row, "source");
  if (json_text(old, "source") != source || whose.empty() || command_may_see(body, whose)) return false;
  return context.directory.by_agent(source, json_text(body, "id")) != json_text(body, "tenant");
}

// The path names one agent of a tenant, so what that tenant has under this id of other sources goes: a row is put
// whole. Other tenants' agents of the same id stay, but for a row without a source, put by who is bound to no tenant:
// it says whose all of them are.
bool is_replaced(const CommandContext& context, const Json& body, const Json& row, const Json& old) {
  const std::string source = json_text(old, "source");
  if (source == json_text(row, "source")) return true;
  if (json_text(body, "tenant").empty() && json_text(row, "source").empty()) return true;
  return json_text(old, "tenant") == json_text(row, "tenant") &&
         may_use_source(context.directory, json_text(body, "tenant"), source);
}

Answer put_agent_row(const CommandContext& context, const Json& body) {
  const std::string id = json_text(body, "id");
  Json row = row_of(body);
  spell_numbers(row, context.directory);
  if (auto no = claims_too_much(context, body, row)) return *no;
  bool is_new = true;
  auto rows = agents_of(context.writer, id);
  if (std::ranges::any_of(rows, [&](const Json& old) { return is_kept_by_other(context, body, row, old); }))
    return command_problem(404, fmt::format("change agent {}: found none", id));
  for (const Json& old : rows) {
    if (!is_replaced(context, body, row, old)) continue;
    remove_agent(context.writer, json_text(old, "source"), id);
    is_new = false;
  }
  return stored(row, put_agent(context.writer, row), is_new);
}

// Who is bound to a tenant removes its own, and who is bound to none all of this id.
Answer remove_agent_row(const CommandContext& context, const Json& body) {
  const std::string id = json_text(body, "id");
  auto rows = agents_of(context.writer, id);
  std::erase_if(rows, [&](const Json& row) {
    return !command_may_see(body, json_text(row, "tenant")) ||
           !may_use_source(context.directory, json_text(body, "tenant"), json_text(row, "source"));
  });
  if (rows.empty()) return command_problem(404, fmt::format("remove agent {}: found none", id));
  for (const Json& row : rows) remove_agent(context.writer, json_text(row, "source"), id);
  return command_done(200, rows.front());
}

}  // namespace

Commands people_commands() {
  return {{"contact.put", put_contact_row},
          {"contact.delete", remove_contact_row},
          {"agent.put", put_agent_row},
          {"agent.delete", remove_agent_row}};
}

}  // namespace hookswitch
