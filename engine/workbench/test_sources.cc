#include "engine/workbench/test_sources.h"

#include <map>

#include "engine/workbench/made_source.h"

namespace hookswitch {
namespace {

constexpr const char* kSecret = "a-secret-of-tests";

Json schema_of(const Providers& providers, const std::string& provider) {
  for (const PluginInfo& plugin : providers.list()) {
    if (plugin.loaded.provider == provider) return parse_json(plugin.config_schema);
  }
  return nullptr;
}

bool has_type(const Json& property, const char* type) {
  Json types = property.is_object() ? property.value("type", Json()) : Json();
  if (types.is_array()) return std::find(types.begin(), types.end(), Json(type)) != types.end();
  return types == type;
}

// A value that a provider can take for its setting, knowing only the setting's schema.
Json made_up(const Json& property) {
  if (property.is_object() && property.contains("default")) return property["default"];
  if (property.is_object() && property.contains("enum") && !property["enum"].empty()) return property["enum"][0];
  if (has_type(property, "string")) return kSecret;
  if (has_type(property, "integer") || has_type(property, "number")) return 1;
  if (has_type(property, "boolean")) return false;
  if (has_type(property, "array")) return Json::array({kSecret});
  return kSecret;
}

}  // namespace

Result<std::shared_ptr<Source>> make_test_source(const Providers& providers, const TestSourceSettings& settings) {
  Json all = settings.settings.is_object() ? settings.settings : Json::object();
  Json schema = schema_of(providers, settings.provider);
  if (schema.is_object()) {
    const Json properties = schema.value("properties", Json::object());
    const Json required = schema.value("required", Json::array());
    for (const Json& name : required) {
      if (name.is_string() && !all.contains(name)) {
        all[name.get<std::string>()] = made_up(properties.value(name.get<std::string>(), Json()));
      }
    }
  }
  auto made = providers.create_source(settings.name, settings.provider, dump(all));
  if (!made) return made;
  return std::make_shared<MadeSource>(settings.name, settings.provider, *made);
}

std::vector<std::shared_ptr<Source>> make_test_sources(const Providers& providers,
                                                       const std::vector<TestSourceSettings>& configured) {
  std::map<std::string, std::shared_ptr<Source>> by_name;
  for (const PluginInfo& plugin : providers.list()) {
    const std::string& provider = plugin.loaded.provider;
    if (auto made = make_test_source(providers, {provider, provider})) by_name[provider] = *made;
  }
  for (const TestSourceSettings& settings : configured) {
    if (auto made = make_test_source(providers, settings)) by_name[settings.name] = *made;
  }
  std::vector<std::shared_ptr<Source>> out;
  for (auto& [name, source] : by_name) out.push_back(std::move(source));
  return out;
}

}  // namespace hookswitch
