// The plugins that were linked into this program (HOOKSWITCH_STATIC_PLUGINS); usually none.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/abi/provider.h"

namespace hookswitch {

/// Names of entry functions, and the functions.
std::vector<std::pair<std::string, hookswitch_provider_fn>> static_plugins();

}  // namespace hookswitch
