#include "engine/workbench/configured.h"

#include <fmt/format.h>

#include <unordered_map>

#include "engine/base/hash.h"
#include "engine/base/json.h"
#include "engine/isolation/confine.h"
#include "engine/isolation/isolated_plugin.h"

namespace hookswitch {
namespace {

Json to_json(const Window& window) { return {window.days, window.from_min, window.to_min}; }

Json to_json(const CallingPolicy& policy) {
  Json allow = Json::array();
  for (NumberKind kind : policy.allow) allow.push_back(name(kind));
  return {to_json(policy.window), policy.holidays,       policy.per_person, policy.consent_required,
          std::move(allow),       to_json(policy.retry), policy.deadline_ms};
}

Json to_json(const TenantConfig& tenant) {
  Json window = tenant.window ? to_json(*tenant.window) : Json();
  return {tenant.id,     tenant.name,    tenant.timezone,   tenant.country,
          tenant.agents, tenant.numbers, std::move(window), tenant.holidays};
}

Json to_json(const RetentionConfig& kept) {
  return {kept.log_ms, kept.recordings_ms, kept.calls_ms, kept.transcripts_ms, kept.activity_ms};
}

}  // namespace

Tenant tenant_of(const TenantConfig& tenant) {
  return {tenant.id,     tenant.name,    tenant.timezone, tenant.country,
          tenant.agents, tenant.numbers, tenant.window,   tenant.holidays};
}

Directory directory_of(const Config& config) {
  std::vector<Tenant> tenants;
  for (const TenantConfig& tenant : config.tenants) tenants.push_back(tenant_of(tenant));
  std::unordered_map<std::string, std::string> by_source;
  for (const SourceConfig& source : config.sources) {
    if (!source.tenant.empty()) by_source.emplace(source.name, source.tenant);
  }
  Directory directory(std::move(tenants), by_source, config.calling.policy);
  std::set<std::string, std::less<>> sinks;
  for (const auto& [name, sink] : config.sinks) sinks.insert(name);
  directory.offer_sinks(std::move(sinks));
  directory.set_retention({config.retention.calls_ms, config.retention.transcripts_ms, config.retention.activity_ms});
  directory.set_recordings({config.retention.recordings_ms, config.recordings.delete_at_provider});
  return directory;
}

std::vector<LoadOutcome> load_plugins(const PluginsConfig& config, Providers& providers) {
  if (config.isolate_all || !config.isolated.empty()) {
    hide_memory();
    providers.open_with(isolating_opener(config.isolate_all, config.isolated));
  }
  return providers.load_dir(config.dir);
}

Configured::Configured(const Config& config)
    : blobs_(Blobs::open_to_read(config.data_dir + "/blobs", config.encryption)),
      directory_(directory_of(config)),
      decoder_(sources_, *blobs_) {
  for (const LoadOutcome& plugin : load_plugins(config.plugins, providers_)) {
    if (!plugin.refused.empty()) warnings_.push_back("plugin refused: " + plugin.refused);
  }
  for (const SourceConfig& source : config.sources) {
    auto made = providers_.create_source(source.name, source.provider, dump(source.settings));
    if (made) {
      sources_.put(*made);
    } else {
      warnings_.push_back(config.place(source.line) + ": " + made.error().message);
    }
  }
}

std::string fingerprint(const Config& config, const Providers& providers) {
  Json parts{{"version", HOOKSWITCH_VERSION},
             {"tenants", Json::array()},
             {"sources", Json::array()},
             {"sinks", Json::array()},
             {"calling", to_json(config.calling.policy)},
             {"retention", to_json(config.retention)},
             {"delete_at_provider", config.recordings.delete_at_provider},
             {"rules", {config.limits.rule_memory_bytes, config.limits.rule_steps}},
             {"sealed", config.encryption != nullptr}};
  for (const TenantConfig& tenant : config.tenants) parts["tenants"].push_back(to_json(tenant));
  for (const SourceConfig& source : config.sources) {
    parts["sources"].push_back({source.name, source.provider, source.tenant, source.settings});
  }
  for (const auto& [name, sink] : config.sinks) parts["sinks"].push_back(name);
  for (const PluginInfo& plugin : providers.list()) {
    parts["plugins"].push_back({plugin.loaded.provider, plugin.loaded.version});
  }
  return sha256_hex(dump(parts));
}

Result<std::unique_ptr<RuleSet>> load_rules(const Config& config, const std::string& dir) {
  std::vector<RuleError> wrong;
  auto rules = RuleSet::load(dir, {config.limits.rule_memory_bytes, config.limits.rule_steps}, &wrong);
  if (rules || wrong.empty()) return rules;
  std::vector<std::string> lines;
  for (const RuleError& error : wrong) lines.push_back(error.message());
  return fail(Code::invalid, "load the rules of {}: {}", dir, fmt::join(lines, "; "));
}

}  // namespace hookswitch
