// The other side of isolation: a process that loads one plugin and answers questions about it, until nobody asks.
#pragma once

#include <string>

namespace hookswitch {

/// Serves the plugin of descriptor kChildPluginFile over kChildSocket, with one thread, and ends the process when the
/// engine's end is closed. Returns only when this was not started by an engine. `called` is the plugin's file in
/// errors.
void run_plugin_host(const std::string& called);

}  // namespace hookswitch
