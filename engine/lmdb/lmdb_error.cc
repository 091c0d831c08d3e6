#include "engine/lmdb/lmdb_error.h"

#include <lmdb.h>

#include <cerrno>

namespace hookswitch::lmdb {

namespace {

Code code_of(int rc) {
  switch (rc) {
    case MDB_NOTFOUND:
    case ENOENT:
      return Code::not_found;
    case MDB_KEYEXIST:
    case MDB_VERSION_MISMATCH:
    case MDB_INCOMPATIBLE:
      return Code::conflict;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
      return Code::corrupt;
    case MDB_MAP_FULL:
    case MDB_READERS_FULL:
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EAGAIN:
      return Code::unavailable;
    case MDB_BAD_VALSIZE:
    case MDB_TXN_FULL:
      return Code::too_large;
    case EACCES:
    case EPERM:
      return Code::denied;
    case MDB_BAD_TXN:
    case MDB_BAD_DBI:
    case MDB_DBS_FULL:
    case EINVAL:
      return Code::internal;
    default:
      return Code::io;
  }
}

const char* what(int rc) {
  switch (rc) {
    case MDB_MAP_FULL:
      return "the map is full";
    case MDB_VERSION_MISMATCH:
      return "the file was made by an LMDB with another file format";
    case MDB_INVALID:
      return "the file is not an LMDB file";
    case MDB_PANIC:
      return "an earlier write failed half-way; the environment has to be opened again";
    case MDB_READERS_FULL:
      return "too many read transactions are open";
    case ENOSPC:
      return "the disk is full";
    case EDQUOT:
      return "the disk quota is used up";
    case EFBIG:
      return "the file may not grow further (file size limit)";
    case EIO:
      return "the disk failed, or took only part of a write because it is full";
    default:
      return mdb_strerror(rc);
  }
}

}  // namespace

Error lmdb_error(int rc, std::string_view attempted) {
  return Error{code_of(rc), fmt::format("{}: {}", attempted, what(rc))};
}

}  // namespace hookswitch::lmdb
