// `hookswitch plugins list`: every file of the plugin directory, loaded or refused. Needs no running engine.
#include <fmt/format.h>

#include "engine/cli/options.h"
#include "engine/cli/print.h"
#include "engine/config/config.h"
#include "engine/providers/provider.h"

namespace hookswitch::cli {
namespace {

Json to_json(const LoadOutcome& plugin) {
  Json out{{"file", plugin.file}, {"provider", plugin.provider},         {"version", plugin.version},
           {"abi", plugin.abi},   {"capabilities", plugin.capabilities}, {"refused", nullptr}};
  if (!plugin.refused.empty()) out["refused"] = plugin.refused;
  return out;
}

int list(const Context& context) {
  auto dir = plugins_dir_of(config_path(context));
  if (!dir) return report(dir.error());
  Providers providers;
  auto outcomes = providers.load_dir(*dir);
  bool refused = false;
  Json all = Json::array();
  std::vector<std::vector<std::string>> rows;
  for (const LoadOutcome& plugin : outcomes) {
    refused = refused || !plugin.refused.empty();
    all.push_back(to_json(plugin));
    rows.push_back({plugin.file, plugin.provider.empty() ? "-" : plugin.provider,
                    plugin.version.empty() ? "-" : plugin.version, plugin.abi.empty() ? "-" : plugin.abi,
                    plugin.refused.empty() ? fmt::format("{}", fmt::join(plugin.capabilities, " "))
                                           : "REFUSED: " + plugin.refused});
  }
  context.json ? void(print_json(all)) : print_table({"FILE", "PROVIDER", "VERSION", "ABI", "CAPABILITIES"}, rows);
  return refused ? kFailed : kDone;
}

}  // namespace

void add_plugins(CLI::App& app, Context& context) {
  auto* plugins = app.add_subcommand("plugins", "provider plugins");
  plugins->require_subcommand(1);
  plugins->footer("Example: hookswitch plugins list");
  auto* verb =
      plugins->add_subcommand("list", "each plugin: file, provider, version, ABI, capabilities, or why it was refused");
  verb->callback([&context] { context.run = [&context] { return list(context); }; });
}

}  // namespace hookswitch::cli
