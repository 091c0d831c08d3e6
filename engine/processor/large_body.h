// A body too large for memory, made small enough to decode: long JSON strings (audio as base64) are replaced by a
// reference to where they lie in the blob. Memory stays flat whatever the body's size.
#pragma once

#include <cstddef>
#include <string>

#include "engine/base/error.h"
#include "engine/log/blobs.h"

namespace hookswitch {

/// Reads the body once. Each JSON string longer than `string_bytes_max` becomes
///   "hookswitch-blob:<name>;offset=<first byte after its quote>;length=<bytes up to the closing quote>"
/// Everything else is copied. Errors: the reader's; too_large when the rest is over `out_bytes_max`.
Result<std::string> shorten_large_body(const BlobReader& body, const std::string& name, size_t string_bytes_max,
                                       size_t out_bytes_max);

}  // namespace hookswitch
