// Where a blob lies, and what the log itself does with blob files: sync them before a record names them, remove them
// when the last record that named them is trimmed.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/error.h"

namespace hookswitch {

/// Whether it is a SHA-256 in lower-case hex. Nothing else is ever made part of a path.
bool is_blob_name(std::string_view name);

/// <dir>/ab/cdef... for a valid name.
std::string blob_path(const std::string& dir, std::string_view name);

/// Makes the file and the directories that lead to it durable. Error: not_found when there is no such blob, io.
Status sync_blob(const std::string& dir, std::string_view name);

/// Removes the file; success when it is not there.
Status remove_blob(const std::string& dir, std::string_view name);

}  // namespace hookswitch
