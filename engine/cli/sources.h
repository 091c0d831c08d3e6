// The configured sources and the engine they belong to, for verbs that play a provider.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/base/error.h"
#include "engine/cli/client.h"
#include "engine/config/config.h"
#include "engine/providers/provider.h"

namespace hookswitch::cli {

/// The running engine says where it listens; else the configuration does.
Result<EngineAddress> default_address(const Config& config);

/// Configured sources, by name. Loads the plugins; those that were refused are named on standard error only if one of
/// them may be what is missing.
Result<std::vector<std::shared_ptr<Source>>> open_sources(const Config& config, Providers& providers,
                                                          const std::vector<std::string>& names);

}  // namespace hookswitch::cli
