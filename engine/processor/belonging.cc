#include "engine/processor/belonging.h"

#include "engine/base/limits.h"
#include "engine/state/agents.h"

namespace hookswitch {
namespace {

bool is_others(std::string_view owner, std::string_view tenant) { return !owner.empty() && owner != tenant; }

std::unexpected<Error> denied(const char* what, const std::string& found) {
  return fail(Code::denied, "{}: found \"{}\", which is not this tenant's", what,
              found.substr(0, limits::kIndexedTextBytes));
}

}  // namespace

bool may_use_source(const Directory& directory, std::string_view tenant, std::string_view source) {
  return tenant.empty() || !is_others(directory.by_source(source), tenant);
}

std::string other_owner_of_agent(const Reader& reader, const Directory& directory, std::string_view tenant,
                                 std::string_view agent_id) {
  std::vector<std::string> owners = agent_tenants(reader, agent_id);
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
  std::string from = json_text(params, "from");
  if (is_others(directory.by_number(from), tenant)) return denied("from", from);
  return {};
}

}  // namespace hookswitch
