#include "engine/config/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <fstream>
#include <sstream>

#include "engine/base/hash.h"
#include "engine/base/nearest.h"
#include "engine/config/fingerprints.h"
#include "engine/config/offline.h"
#include "engine/config/readers.h"
#include "engine/config/yaml_text.h"

namespace hookswitch {
namespace {

// `process`, `none`, or for each provider by its name.
void read_isolation(Section& section, PluginsConfig& plugins) {
  if (!section.has("isolation")) return;
  const std::vector<std::string> words{"none", "process"};
  if (!section.node("isolation").IsMap()) {
    if (auto word = section.read_word("isolation", words)) plugins.isolate_all = *word == 1;
    return;
  }
  Section each = section.section("isolation");
  for (const std::string& provider : each.keys()) {
    if (each.read_word(provider, words) == 1) plugins.isolated.insert(provider);
    plugins.isolations.emplace(provider, each.line_of_key(provider));
  }
}

void read_plugins(Section section, PluginsConfig& plugins) {
  section.read("dir", plugins.dir);
  read_isolation(section, plugins);
  section.finish();
}

// Where secrets are not needed: those of sources may be missing, and of what else may have some only names are read.
void read_secretive(Section& root, ReadContext context, Config& config) {
  read_sources({context, root.node("sources"), "sources"}, context, config.sources);
  Section sinks = root.section("sinks"), auth = root.section("auth");
  if (context.unread == nullptr) {
    read_sinks(std::move(sinks), config.data_dir, config.sinks);
    read_jwt(std::move(auth), config.jwt);
  } else {
    for (const std::string& name : sinks.keys()) config.sinks.emplace(name, SinkConfig());
  }
}

void read_all(const YAML::Node& file, ReadContext context, Config& config) {
  Section root({context.issues, context.environment}, file, "");
  read_listen(root.section("listen"), config.listen);
  read_public_url(root, config.listen, config.public_url);
  read_data_dir(root, config.data_dir);
  read_plugins(root.section("plugins"), config.plugins);
  read_rules(root.section("rules"), config.rules);
  read_trace(root.section("trace"), config.trace);
  root.require("sources", "at least one source");
  read_secretive(root, context, config);
  read_routes(root.sections("routes"), config.routes);
  read_tenants(root.sections("tenants"), config.tenants);
  read_calling(root.section("calling"), config.calling);
  read_outbound(root.section("outbound"), config);
  read_syncs(root.section("sync"), config.sources, config.syncs);
  read_retention(root.section("retention"), config.retention);
  read_recordings(root.section("recordings"), config.recordings);
  read_encryption(root.section("encryption"), config.encryption);
  read_api(root.section("api"), config.api);
  read_limits(root.section("limits"), config.limits);
  read_log(root.section("log"), config.log);
  root.finish();
  check_references(config, context.issues);
}

Result<std::string> text_of(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  const bool empty = file && file.peek() == std::ifstream::traits_type::eof() && !file.bad();  // bad: a directory
  if (!empty && (!file || !(text << file.rdbuf()))) {
    return fail(Code::not_found, "read configuration {}: found no readable file, expected one (or -c FILE)", path);
  }
  return text.str();
}

// One setting of the file, which need not be valid otherwise.
template <class Value>
Result<Value> setting_of(const std::string& path, const std::function<void(Section&, Config&)>& read,
                         Value Config::* member) {
  auto text = text_of(path);
  if (!text) return std::unexpected(text.error());
  Issues issues(path);
  Environment environment = process_environment();
  Config config;
  YAML::Node file = parse_yaml(*text, issues);
  Section root({issues, environment}, file, "");
  read(root, config);
  if (!issues.none()) return fail(Code::invalid, "{}", issues.errors().front());
  return config.*member;
}

ConfigReading read_config(const std::string& text, const std::string& file, const Environment& environment,
                          bool secrets_needed) {
  ConfigReading out;
  out.config.file = file;
  Issues issues(file), unread(file);
  try {
    YAML::Node root = parse_yaml(text, issues);
    if (issues.none()) read_all(root, {issues, environment, secrets_needed ? nullptr : &unread}, out.config);
  } catch (const YAML::Exception& error) {
    issues.error(error.mark.line + 1, "YAML", error.msg, "well-formed YAML");
  }
  out.errors = issues.errors();
  out.warnings = secrets_needed ? issues.warnings() : unread.errors();
  return out;
}

ConfigReading read_config_file(const std::string& path, const Environment& environment, bool secrets_needed) {
  auto text = text_of(path);
  if (text) return read_config(*text, path, environment, secrets_needed);
  ConfigReading out;
  out.errors.push_back(text.error().message);
  return out;
}

}  // namespace

std::string Config::place(int line) const { return fmt::format("{}:{}", file, line); }

std::vector<std::string> isolation_of_nobody(const Config& config, const std::vector<std::string>& loaded) {
  std::vector<std::string> known = loaded, out;
  for (const SourceConfig& source : config.sources) known.push_back(source.provider);
  for (const auto& [name, line] : config.plugins.isolations) {
    if (std::ranges::find(known, name) != known.end()) continue;
    out.push_back(fmt::format("{}: plugins.isolation.{}: found no such provider{}, expected that of a source or plugin",
                              config.place(line), name, suggestion(name, known)));
  }
  return out;
}

ConfigReading load_config_text(const std::string& text, const std::string& file, const Environment& environment) {
  return read_config(text, file, environment, true);
}

ConfigReading load_config(const std::string& path, const Environment& environment) {
  return read_config_file(path, environment, true);
}

ConfigReading load_config_offline(const std::string& path, const Environment& environment) {
  return read_config_file(path, environment, false);
}

Fingerprints fingerprints_of(const std::string& path, const Environment& environment) {
  auto text = text_of(path);
  if (!text) return {};
  Issues issues(path);
  Fingerprints out;
  Json file = yaml_to_json(parse_yaml(*text, issues), {issues, environment}, "");
  if (!file.is_object()) return {};
  for (const auto& [part, settings] : file.items()) out[part] = sha256_hex(dump(settings));
  return out;
}

Result<std::string> data_dir_of(const std::string& path) {
  return setting_of(path, [](Section& root, Config& to) { root.read("data_dir", to.data_dir); }, &Config::data_dir);
}

Result<PluginsConfig> plugins_of(const std::string& path) {
  return setting_of(
      path, [](Section& root, Config& to) { read_plugins(root.section("plugins"), to.plugins); }, &Config::plugins);
}

Result<std::shared_ptr<const Keys>> encryption_of(const std::string& path) {
  return setting_of(
      path, [](Section& root, Config& to) { read_encryption(root.section("encryption"), to.encryption); },
      &Config::encryption);
}

}  // namespace hookswitch
