// LMDB's and the system's error numbers as our errors.
#pragma once

#include <string_view>

#include "engine/base/error.h"

namespace hookswitch::lmdb {

/// For example lmdb_error(MDB_MAP_FULL, "commit in data/log").
Error lmdb_error(int rc, std::string_view attempted);

inline std::unexpected<Error> lmdb_fail(int rc, std::string_view attempted) {
  return std::unexpected(lmdb_error(rc, attempted));
}

}  // namespace hookswitch::lmdb
