// Tenants and sources of a rule test, as it gives them.
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/workbench/rule_bench.h"
#include "engine/workbench/test_sources.h"

namespace hookswitch {
namespace {

std::vector<std::string> texts(const Json& list) {
  std::vector<std::string> out;
  for (const Json& one : list) {
    if (one.is_string()) out.push_back(one.get<std::string>());
  }
  return out;
}

// An agent's id alone means the agent of any source.
void read_agents(const Json& agents, const std::set<std::string>& sources, Tenant& tenant) {
  for (const Json& agent : agents) {
    if (agent.is_object()) {
      tenant.agents.emplace_back(agent.value("source", ""), agent.value("agent_id", ""));
    } else if (agent.is_string()) {
      for (const std::string& source : sources) tenant.agents.emplace_back(source, agent.get<std::string>());
    }
  }
}

}  // namespace

std::string RuleBench::known_sources() const {
  return source_names_.empty() ? "none: no plugin is loaded" : fmt::format("{}", fmt::join(source_names_, ", "));
}

Status RuleBench::add_tenant(const std::string& id) {
  auto found = std::ranges::find(parts_.known_tenants, id, &Tenant::id);
  if (found == parts_.known_tenants.end()) {
    return fail(Code::not_found,
                "use tenant \"{}\": found none of this id in the configuration; give a table with its "
                "settings to make one",
                id);
  }
  std::erase_if(tenants_, [&](const Tenant& one) { return one.id == id; });
  tenants_.push_back(*found);
  know_tenants();
  return {};
}

void RuleBench::know_tenants() {
  directory_ = Directory(tenants_, source_tenants_);
  sinks_ ? directory_.offer_sinks(*sinks_) : directory_.offer_any_sink();
}

// Who names no source has the choice that there is in service. The test's own and those that stand in for a provider
// nobody configured are none of it, as long as there are others.
void RuleBench::offer_sources() {
  const auto& offered = real_sources_.empty() ? source_names_ : real_sources_;
  if (!offered.empty()) sources_.choose_among(offered);
}

void RuleBench::set_sinks(std::set<std::string, std::less<>> names) {
  sinks_ = std::move(names);
  know_tenants();
}

Status RuleBench::add_tenant(const Json& settings) {
  Tenant tenant;
  tenant.id = settings.value("id", "");
  tenant.name = settings.value("name", "");
  tenant.timezone = settings.value("timezone", "UTC");
  tenant.country = settings.value("country", "");
  tenant.numbers = texts(settings.value("numbers", Json::array()));
  if (auto zone = LocalZone::find(tenant.timezone); !zone) return std::unexpected(zone.error());
  std::set<std::string> sources = source_names_;
  sources.insert("test");
  read_agents(settings.value("agents", Json::array()), sources, tenant);
  for (const std::string& source : texts(settings.value("sources", Json::array()))) {
    source_tenants_[source] = tenant.id;
  }
  std::erase_if(tenants_, [&](const Tenant& one) { return one.id == tenant.id; });
  tenants_.push_back(std::move(tenant));
  know_tenants();
  return {};
}

Status RuleBench::add_source(const Json& settings) {
  std::string name = settings.value("name", "");
  std::string provider = settings.value("provider", "");
  auto real = make_test_source(parts_.providers, {name, provider, settings.value("settings", Json::object())});
  if (!real) return std::unexpected(real.error());
  sources_.put(*real);
  source_names_.insert(name);
  real_sources_.insert(name);
  offer_sources();
  if (std::string tenant = settings.value("tenant", ""); !tenant.empty()) {
    source_tenants_[name] = tenant;
    know_tenants();
  }
  return {};
}

LocalZone RuleBench::zone_of(const std::string& tenant) const {
  return LocalZone::find(directory_.tenancy(tenant).timezone).value_or(LocalZone::utc());
}

}  // namespace hookswitch
