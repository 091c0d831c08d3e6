#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "engine/base/nearest.h"
#include "engine/config/readers.h"

namespace hookswitch {
namespace {

// Finds what was said before: the line of the first one.
class Once {
 public:
  Once(Issues& issues, std::string kind) : issues_(issues), kind_(std::move(kind)) {}
  void add(int line, const std::string& name) {
    auto [place, is_new] = lines_.emplace(name, line);
    if (!is_new)
      issues_.error(line, kind_ + " " + name, fmt::format("it already in line {}", place->second), "it once");
  }

 private:
  Issues& issues_;
  std::string kind_;
  std::map<std::string, int> lines_;
};

struct Known {
  std::vector<std::string> sources, tenants;
};

void check_known(int line, const std::string& what, const std::string& name, const std::vector<std::string>& known,
                 Issues& issues) {
  if (name.empty() || std::find(known.begin(), known.end(), name) != known.end()) return;
  issues.error(line, what, "\"" + name + "\"",
               fmt::format("one of {}{}", known.empty() ? "none" : fmt::format("{}", fmt::join(known, " ")),
                           suggestion(name, known)));
}

void check_tenants(const Config& config, const Known& known, Issues& issues) {
  Once ids(issues, "tenant"), agents(issues, "agent"), numbers(issues, "number");
  for (const TenantConfig& tenant : config.tenants) {
    if (!tenant.id.empty()) ids.add(tenant.line, tenant.id);
    for (const auto& [source, agent_id] : tenant.agents) {
      check_known(tenant.line, "source of an agent", source, known.sources, issues);
      if (!source.empty() && !agent_id.empty()) agents.add(tenant.line, source + "/" + agent_id);
    }
    for (const std::string& number : tenant.numbers) numbers.add(tenant.line, number);
  }
}

}  // namespace

void check_references(const Config& config, Issues& issues) {
  Known known;
  for (const SourceConfig& source : config.sources) known.sources.push_back(source.name);
  for (const TenantConfig& tenant : config.tenants) known.tenants.push_back(tenant.id);
  for (const SourceConfig& source : config.sources) {
    check_known(source.line, "sources." + source.name + ".tenant", source.tenant, known.tenants, issues);
  }
  Once paths(issues, "route");
  for (const RouteConfig& route : config.routes) {
    check_known(route.line, "source of a route", route.source, known.sources, issues);
    if (!route.path.empty()) paths.add(route.line, route.path);
  }
  check_tenants(config, known, issues);
}

}  // namespace hookswitch
