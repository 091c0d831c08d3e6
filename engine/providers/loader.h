// Opens a plugin's file: who may have written it, whether it is one at all, and what it exports.
#pragma once

#include <string>

#include "engine/base/error.h"
#include "engine/providers/plugin.h"

namespace hookswitch {

/// Loads `file` for the rest of the process. The error is one line: the file, or what it is called, what was found,
/// what was expected. [main]
Result<std::shared_ptr<Plugin>> load_plugin(const std::string& file, const std::string& called = "");

}  // namespace hookswitch
