// Whose files are whose: what root makes in a service's directory, the service must be able to open.
#pragma once

#include <string>

#include "engine/base/error.h"

namespace hookswitch {

/// When root runs this and `owned` is another's: `path` becomes that one's, with all below it when it is a directory.
/// Error: io.
Status give_to_owner_of(const std::string& owned, const std::string& path);

}  // namespace hookswitch
