#include <algorithm>

#include "engine/config/readers.h"

namespace hookswitch {
namespace {

// Paths that the engine answers itself.
bool is_taken(const std::string& path) {
  for (const std::string own : {"/healthz", "/readyz", "/metrics"}) {
    if (path == own) return true;
  }
  for (const std::string tree : {"/api/v1", "/hooks"}) {
    if (path == tree || path.starts_with(tree + "/")) return true;
  }
  return false;
}

SourceConfig read_source(Section section, ReadContext context, const std::string& name) {
  SourceConfig source;
  source.name = name;
  source.line = section.line();
  section.require("provider", "the name of a plugin");
  section.read("provider", source.provider);
  section.read("tenant", source.tenant);
  source.settings = Json::object();
  for (const std::string& key : section.keys()) {
    if (key == "provider" || key == "tenant") continue;
    source.settings[key] = yaml_to_json(section.node(key), context, section.name_of(key));
  }
  return source;
}

}  // namespace

bool is_source_name(const std::string& name) {
  auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; };
  return !name.empty() && name.size() <= limits::kSourceNameBytes && std::all_of(name.begin(), name.end(), allowed);
}

void read_sources(Section section, ReadContext context, std::vector<SourceConfig>& sources) {
  for (const std::string& name : section.keys()) {
    if (!is_source_name(name)) {
      section.error(name, "\"" + name.substr(0, 80) + "\"",
                    "a name of at most " + std::to_string(limits::kSourceNameBytes) + " of a-z 0-9 _ -");
      continue;
    }
    sources.push_back(read_source(section.section(name), context, name));
  }
}

void read_routes(std::vector<Section> items, std::vector<RouteConfig>& routes) {
  for (Section& section : items) {
    RouteConfig route;
    route.line = section.line();
    section.require("path", "a path such as /api/calls");
    section.require("source", "the name of a source");
    section.read("path", route.path);
    section.read("source", route.source);
    section.read("kind", route.kind);
    bool plain =
        route.path.starts_with('/') && route.path.size() > 1 && route.path.find_first_of(" ?#%\\") == std::string::npos;
    if (section.has("path") && !plain) section.refuse("path", "a path such as /api/calls, without query or %");
    if (is_taken(route.path)) section.refuse("path", "a path that the engine does not serve itself");
    section.finish();
    routes.push_back(route);
  }
}

}  // namespace hookswitch
