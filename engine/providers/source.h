// A configured source: one instance of a plugin behind the engine's face of it.
#pragma once

#include <memory>
#include <string>

#include "engine/providers/plugin.h"
#include "engine/providers/provider.h"

namespace hookswitch {

/// Calls the plugin's `create`; its error says what is wrong with the configuration. [main]
Result<std::shared_ptr<Source>> make_source(std::shared_ptr<const Plugin> plugin, const std::string& name,
                                            const std::string& config);

}  // namespace hookswitch
