// The configuration for what works on the data directory while no engine runs.
#pragma once

#include <string>

#include "engine/config/config.h"

namespace hookswitch {

/// As load_config(), but what cannot be read of a source's settings is a warning, and a word stands in for it: a
/// service's secrets are often readable while the service runs, and only then. The key of `encryption` must be there.
/// Of sinks only the names are read, and nothing of `auth`. There are no other warnings: they are for who serves.
ConfigReading load_config_offline(const std::string& path, const Environment& environment = process_environment());

}  // namespace hookswitch
