// `hookswitch plugin-host FILE`: a process that holds one isolated plugin. The engine starts it; people have no use for
// it.
#include <fmt/format.h>

#include "engine/cli/options.h"
#include "engine/isolation/plugin_host.h"

namespace hookswitch::cli {

void add_plugin_host(CLI::App& app, Context& context) {
  auto* verb = app.add_subcommand("plugin-host", "holds one isolated plugin; started by the engine alone");
  verb->group("");  // not in the list of verbs
  auto file = std::make_shared<std::string>();
  verb->add_option("FILE", *file, "what the plugin's file is called")->required();
  verb->callback([&context, file] {
    context.run = [file] {
      run_plugin_host(*file);
      fmt::print(stderr, "hookswitch: plugin-host is started by the engine: found no connection to one\n");
      return kBadUsage;
    };
  });
}

}  // namespace hookswitch::cli
