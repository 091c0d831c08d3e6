// `hookswitch plugins list`: every file of the plugin directory, loaded or refused. Needs no running engine.
#include <fmt/format.h>

#include "engine/cli/options.h"
#include "engine/cli/print.h"
#include "engine/config/config.h"
#include "engine/providers/provider.h"
#include "engine/workbench/configured.h"

namespace hookswitch::cli {
namespace {

Json to_json(const LoadOutcome& plugin) {
  Json out{{"file", plugin.file},
           {"provider", plugin.provider},
           {"version", plugin.version},
           {"abi", plugin.abi},
           {"isolation", plugin.isolated ? "process" : "none"},
           {"capabilities", plugin.capabilities},
           {"refused", nullptr}};
  if (!plugin.refused.empty()) out["refused"] = plugin.refused;
  return out;
}

int list_plugins(const Context& context) {
  auto plugins = plugins_of(config_path(context));
  if (!plugins) return report(plugins.error());
  Providers providers;
  auto outcomes = load_plugins(*plugins, providers);
  bool refused = false;
  Json all = Json::array();
  std::vector<std::vector<std::string>> rows;
  for (const LoadOutcome& plugin : outcomes) {
    refused = refused || !plugin.refused.empty();
    all.push_back(to_json(plugin));
    rows.push_back({plugin.file, plugin.provider.empty() ? "-" : plugin.provider,
                    plugin.version.empty() ? "-" : plugin.version, plugin.abi.empty() ? "-" : plugin.abi,
                    plugin.isolated ? "process" : "none",
                    plugin.refused.empty() ? fmt::format("{}", fmt::join(plugin.capabilities, " "))
                                           : "REFUSED: " + plugin.refused});
  }
  context.json ? void(print_json(all))
               : print_table({"FILE", "PROVIDER", "VERSION", "ABI", "ISOLATION", "CAPABILITIES"}, rows);
  return refused ? kFailed : kDone;
}

}  // namespace

void add_plugins(Verb& program, const Context& context) {
  auto plugins = program.add_verb("plugins", "provider plugins");
  plugins.footer("Example: hookswitch plugins list");
  auto verb = plugins.add_verb(
      "list", "each plugin: file, provider, version, ABI, isolation, capabilities, or why it was refused");
  verb.runs([&context] { return list_plugins(context); });
}

}  // namespace hookswitch::cli
