// The configuration read again while the engine runs. What sources are told, their secrets above all, takes force at
// once; what other parts were built with needs a restart, and is named.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "engine/cli/engine.h"

namespace hookswitch::cli {
namespace {

constexpr const char* kBase = "api_base";  // other parts were built with it

const SourceConfig* find(const std::vector<SourceConfig>& sources, const std::string& name) {
  auto found = std::ranges::find(sources, name, &SourceConfig::name);
  return found == sources.end() ? nullptr : &*found;
}

Json base_of(const SourceConfig& source) { return source.settings.value(kBase, Json()); }

/// What of it takes force without a restart.
Json settings_to_be(const SourceConfig& fresh, const SourceConfig& before) {
  Json out = fresh.settings;
  out.erase(kBase);
  if (before.settings.contains(kBase)) out[kBase] = before.settings[kBase];
  return out;
}

}  // namespace

void Engine::reload_config() {
  ConfigReading reading = load_config(config_.file);
  for (const std::string& line : reading.warnings) spdlog::warn("{}", line);
  for (const std::string& line : reading.errors) spdlog::error("configuration not reloaded: {}", line);
  if (!reading.ok()) return;
  auto remade = remake_sources(reading.config);
  if (!remade) return;
  for (auto& source : *remade) {
    spdlog::info("source {} goes on with its new settings", source->name());
    sources_.put(std::move(source));
  }
  for (SourceConfig& source : source_settings_) {
    const SourceConfig* fresh = find(reading.config.sources, source.name);
    if (fresh == nullptr || fresh->provider != source.provider) continue;
    source.settings = settings_to_be(*fresh, source);
    source.line = fresh->line;
  }
  make_sources();  // those whose settings were wrong
  const std::vector<std::string> restart = need_restart(reading.config);
  if (!restart.empty())
    spdlog::warn("configuration reloaded, but not {}: changes there need a restart", fmt::join(restart, ", "));
  if (restart.empty()) spdlog::info("configuration reloaded");
}

/// Those that are there and whose settings changed; nullopt when one cannot be made.
std::optional<std::vector<std::shared_ptr<Source>>> Engine::remake_sources(const Config& fresh) const {
  std::vector<std::shared_ptr<Source>> out;
  bool good = true;
  for (const SourceConfig& before : source_settings_) {
    const SourceConfig* source = find(fresh.sources, before.name);
    if (source == nullptr || source->provider != before.provider || !sources_.find(before.name)) continue;
    const Json settings = settings_to_be(*source, before);
    if (settings == before.settings) continue;
    auto made = providers_.create_source(before.name, before.provider, dump(settings));
    if (made) {
      out.push_back(std::move(*made));
    } else {
      spdlog::error("configuration not reloaded: {}: {}", fresh.place(source->line), made.error().message);
      good = false;
    }
  }
  return good ? std::optional(std::move(out)) : std::nullopt;
}

/// What differs from what is in force.
std::vector<std::string> Engine::need_restart(const Config& fresh) const {
  std::vector<std::string> out;
  Fingerprints now = fingerprints_of(fresh.file), before = read_;
  now.erase("sources");
  before.erase("sources");
  for (const auto& [part, print] : before) {
    if (auto found = now.find(part); found == now.end() || found->second != print) out.push_back(part);
  }
  for (const auto& [part, print] : now) {
    if (!before.contains(part)) out.push_back(part);
  }
  for (const SourceConfig& source : fresh.sources) {
    const SourceConfig* old = find(config_.sources, source.name);
    const std::string name = "sources." + source.name;
    if (old == nullptr) out.push_back(name);
    if (old == nullptr) continue;
    if (old->provider != source.provider) out.push_back(name + ".provider");
    if (old->tenant != source.tenant) out.push_back(name + ".tenant");
    if (base_of(*old) != base_of(source)) out.push_back(name + "." + kBase);
  }
  for (const SourceConfig& source : config_.sources) {
    if (find(fresh.sources, source.name) == nullptr) out.push_back("sources." + source.name);
  }
  return out;
}

}  // namespace hookswitch::cli
