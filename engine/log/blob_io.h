// Writing and reading one body's file, in clear or sealed.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/log/blobs.h"

namespace hookswitch {

/// `temporary` is made in `dir`, which has the bodies; with keys it is sealed.
Result<std::unique_ptr<BlobWriter>> write_blob(const std::string& dir, const std::string& temporary, const Keys* keys);

/// not_found when there is no such file; denied when it is sealed with a key that is not there.
Result<std::unique_ptr<BlobReader>> read_blob(const std::string& path, const Keys* keys);

/// What the system said, as an error: a full disk is `unavailable`.
std::unexpected<Error> blob_error(std::string_view attempted, const std::string& path, int error);

}  // namespace hookswitch
