#include "engine/processor/belonging.h"

#include <algorithm>

#include "engine/base/limits.h"
#include "engine/calling/number.h"
#include "engine/state/actions.h"
#include "engine/state/agents.h"
#include "engine/state/call_ids.h"

namespace hookswitch {
namespace {

bool is_others(std::string_view owner, std::string_view tenant) { return !owner.empty() && owner != tenant; }

std::unexpected<Error> denied(const char* what, const std::string& found) {
  return fail(Code::denied, "{}: found \"{}\", which is not this tenant's", what,
              found.substr(0, limits::kIndexedTextBytes));
}

// The tenants whose sources spoke of the call, and the one that had it placed.
std::vector<std::string> bringers_of(const Reader& reader, const Directory& directory, const Call& call) {
  std::vector<std::string> out;
  auto add = [&](std::string_view tenant) {
    if (!tenant.empty()) out.emplace_back(tenant);
  };
  add(directory.by_source(call.text(CallField::source)));
  for (const std::string& source : call_sources(reader, call.id())) add(directory.by_source(source));
  auto placed = call.external_ids().find("action");
  auto action = placed == call.external_ids().end() ? std::nullopt : find_action(reader, placed->second);
  if (action) add(action->tenant);
  return out;
}

// Whether the configuration gives the row's agent to others than `whose`, of all sources where the row names none.
bool is_contradicted(const Directory& directory, const Json& row, std::string_view whose) {
  const std::string id = json_text(row, "id"), source = json_text(row, "source");
  bool others = false;
  for (const Tenant& tenant : directory.tenants()) {
    for (const auto& [its_source, agent] : tenant.agents) {
      if (agent != id || (!source.empty() && its_source != source)) continue;
      if (tenant.id == whose) return false;
      others = true;
    }
  }
  return others;
}

}  // namespace

bool may_use_source(const Directory& directory, std::string_view tenant, std::string_view source) {
  return tenant.empty() || !is_others(directory.by_source(source), tenant);
}

bool may_speak(const Reader& reader, const Directory& directory, std::string_view source, std::string_view agent_id,
               const Call& call) {
  const std::string_view owner = directory.by_source(source), whose = call.text(CallField::tenant);
  if (owner.empty() || owner == whose) return true;
  if (!whose.empty() && directory.by_agent(source, agent_id) == whose) return true;
  const auto bringers = bringers_of(reader, directory, call);
  return bringers.empty() || std::ranges::find(bringers, owner) != bringers.end();
}

std::string other_owner_of_agent(const Reader& reader, const Directory& directory, std::string_view tenant,
                                 std::string_view agent_id) {
  std::vector<std::string> owners;
  for (const Json& row : agents_of(reader, agent_id)) {
    std::string whose = json_text(row, "tenant");
    if (!whose.empty() && !is_contradicted(directory, row, whose)) owners.push_back(std::move(whose));
  }
  for (const Tenant& one : directory.tenants()) {
    for (const auto& [source, agent] : one.agents) {
      if (agent == agent_id) owners.push_back(one.id);
    }
  }
  std::string other;
  for (const std::string& owner : owners) {
    if (owner == tenant) return "";
    if (other.empty()) other = owner;
  }
  return other;
}

Status check_belongings(const Reader& reader, const Directory& directory, std::string_view tenant, const Json& params) {
  if (tenant.empty()) return {};
  std::string source = json_text(params, "source"), agent = json_text(params, "agent_id");
  if (!may_use_source(directory, tenant, source)) return denied("source", source);
  if (!agent.empty() && !other_owner_of_agent(reader, directory, tenant, agent).empty())
    return denied("agent_id", agent);
  return {};
}

Result<std::string> own_number(const Directory& directory, std::string_view tenant, const std::string& from) {
  if (tenant.empty() || from.empty()) return from;
  std::string number = is_channel_address(from) ? "" : known_number(from, directory.tenancy(tenant).country);
  if (number.empty())
    return fail(Code::invalid, "from: found \"{}\", expected a telephone number",
                from.substr(0, limits::kIndexedTextBytes));
  if (is_others(directory.by_number(number), tenant)) return denied("from", from);
  return number;
}

}  // namespace hookswitch
