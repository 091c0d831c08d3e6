// `hookswitch plugin-host FILE`: a process that holds one isolated plugin. The engine starts it; people have no use for
// it.
#include <fmt/format.h>

#include <memory>

#include "engine/cli/options.h"
#include "engine/isolation/plugin_host.h"

namespace hookswitch::cli {

void add_plugin_host(Verb& program, const Context& /*context*/) {
  auto verb = program.add_verb("plugin-host", "holds one isolated plugin; started by the engine alone");
  verb.hide();
  auto file = std::make_shared<std::string>();
  verb.add_option("FILE", *file, "what the plugin's file is called").required();
  verb.runs([file] {
    run_plugin_host(*file);
    fmt::print(stderr, "hookswitch: plugin-host is started by the engine: found no connection to one\n");
    return kBadUsage;
  });
}

}  // namespace hookswitch::cli
