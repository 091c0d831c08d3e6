// What the doctor may try: the running engine's configuration, its secrets included.
#include "engine/cli/engine.h"

namespace hookswitch::cli {

Surroundings Engine::surroundings() {
  Surroundings out{.sources = sources_, .public_url = config_.public_url, .listen = config_.listen.http};
  for (const SourceConfig& source : config_.sources) {
    out.known.push_back({source.name, source.provider, source.settings});
  }
  for (const RouteConfig& route : config_.routes) out.paths.emplace(route.source, route.path);
  out.make_source = [this](const KnownSource& source) {
    return providers_.create_source(source.name, source.provider, dump(source.settings));
  };
  out.number_settings = [this](const std::string& provider) {
    std::vector<std::string> names;
    for (const PluginInfo& plugin : providers_.list()) {
      if (plugin.loaded.provider != provider) continue;
      Json schema = parse_json(plugin.config_schema);
      if (!schema.is_object() || !schema.contains("properties")) continue;
      for (const auto& [key, property] : schema["properties"].items()) {
        if (property.is_object() && property.value("type", Json()) == "integer") names.push_back(key);
      }
    }
    return names;
  };
  return out;
}

Status Engine::open_doctor() {
  auto doctor = Doctor::start(config_.data_dir + "/refusals", surroundings(), *log_, clock_, {}, config_.encryption);
  if (!doctor) return std::unexpected(doctor.error());
  doctor_ = std::move(*doctor);
  return {};
}

}  // namespace hookswitch::cli
