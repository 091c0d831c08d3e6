#include "engine/cli/sources.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/workbench/configured.h"

namespace hookswitch::cli {

Result<EngineAddress> default_address(const Config& config) {
  auto running = EngineClient::open(config.data_dir);
  if (running) return running->address();
  if (!config.listen.http.empty()) return EngineAddress{"http://" + config.listen.http, ""};
  return wrap(running.error(), "without --url");
}

Result<std::vector<std::shared_ptr<Source>>> open_sources(const Config& config, Providers& providers,
                                                          const std::vector<std::string>& names) {
  auto plugins = load_plugins(config.plugins, providers);
  std::vector<std::shared_ptr<Source>> out;
  for (const std::string& name : names) {
    auto source = std::ranges::find(config.sources, name, &SourceConfig::name);
    if (source == config.sources.end()) {
      return fail(Code::not_found, "find source {}: {} has no source of that name", name, config.file);
    }
    auto made = providers.create_source(name, source->provider, dump(source->settings));
    if (!made) {
      for (const LoadOutcome& plugin : plugins) {
        if (!plugin.refused.empty()) fmt::print(stderr, "hookswitch: {}\n", plugin.refused);
      }
      return wrap(made.error(), config.place(source->line));
    }
    out.push_back(std::move(*made));
  }
  return out;
}

}  // namespace hookswitch::cli
