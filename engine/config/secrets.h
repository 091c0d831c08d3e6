// References in the configuration: `${env:NAME}` and `${file:/path}`, so that no secret has to be written into it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "engine/config/issues.h"

namespace hookswitch {

/// The value of an environment variable; nullopt when it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

Environment process_environment();

/// `text` with every reference replaced by what it refers to. A reference that leads nowhere is an issue that names the
/// variable or file, never a value. A variable that is set to nothing counts as not set. One line end at the end of a
/// file is left out; a file that others may read is a warning.
std::string resolve_references(std::string_view text, const Environment& environment, Issues& issues, int line,
                               std::string_view what);

}  // namespace hookswitch
