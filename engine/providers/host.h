// What the engine offers to plugins: the host table and its extensions.
#pragma once

#include "engine/abi/provider.h"

namespace hookswitch {

/// The one host of this process; lives as long as the process.
const hookswitch_host* plugin_host();

/// hookswitch.crypto/1, on OpenSSL.
const hookswitch_crypto* crypto_services();

/// hookswitch.log/1, on the engine's own log.
const hookswitch_log* log_services();

}  // namespace hookswitch
