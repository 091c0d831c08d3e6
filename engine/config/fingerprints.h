// What a configuration file says, as hashes: enough to tell which of its parts changed, secrets included.
#pragma once

#include <map>
#include <string>

#include "engine/config/secrets.h"

namespace hookswitch {

/// By the file's uppermost keys, references resolved. Comments and layout do not count.
using Fingerprints = std::map<std::string, std::string>;

/// Empty when the file cannot be read.
Fingerprints fingerprints_of(const std::string& path, const Environment& environment = process_environment());

}  // namespace hookswitch
