// How the command line knows the engine's own certificate, which nobody need vouch for on this machine.
#pragma once

#include <string>

#include "engine/base/error.h"

namespace hookswitch::cli {

/// "sha256//" and the base64 of the SHA-256 of the public key of the first certificate in a PEM file, as libcurl's
/// CURLOPT_PINNEDPUBLICKEY wants it. Errors: invalid.
Result<std::string> key_pin(const std::string& cert_file);

}  // namespace hookswitch::cli
