// What a backup holds: the file that is written last, so a backup without it, or with files it does not name, was
// interrupted.
//
//   manifest.json          this; manifest.partial.json while a backup is being made, to go on from
//   log/<first>.groups     groups of the log, segment.h; as <first>.<n>.groups written again after something was erased
//   state/<position>-<hash>.mdb   the state as it was after that record: an LMDB data file
//   blobs/ab/cdef...       as in data/blobs
//   blobs.<n>.list         for each blob that a backup brought: bytes, SHA-256 of the file, name, a line each; the
//                          first is blobs.list
//   rules/<hash>/...       as in data/rules
//
// Every file is plain and never changes once it has its name: any program may copy a backup elsewhere.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/backup/files.h"
#include "engine/base/json.h"
#include "engine/log/store.h"

namespace hookswitch {

struct BackupSegment {
  std::string file;  // within the backup, as all of them
  FileSum sum;
  uint64_t first = 0, last = 0;  // sequences
};

/// The newest group of the log that was copied: by it a later backup recognizes that it is the same log.
struct BackupMark {
  uint64_t first = 0;
  uint32_t count = 0;
  int64_t time_ms = 0;  // of its last record

  bool operator==(const BackupMark&) const = default;
};

struct BackupState {
  std::string file;
  FileSum sum;
  uint64_t position = 0;
  int64_t made_ms = 0;
};

struct BackupBlobs {
  std::string file;  // the list
  FileSum sum;
  uint64_t count = 0, bytes = 0;
};

struct Manifest {
  std::string made_by;  // program and version
  int64_t made_ms = 0;
  std::vector<BackupSegment> log;  // in order, without gaps
  BackupMark mark;
  LogStore::SealingKeys log_keys;     // with which its records are sealed
  std::optional<uint64_t> rewritten;  // the log's, of what was copied; nullopt: made by a version without it
  std::vector<BackupState> states;    // by position
  std::vector<BackupBlobs> blobs;

  uint64_t first_seq() const { return log.empty() ? 1 : log.front().first; }
  uint64_t last_seq() const { return log.empty() ? 0 : log.back().last; }
};

constexpr const char* kManifestFile = "manifest.json";
constexpr const char* kPartialManifestFile = "manifest.partial.json";

/// nullopt when there is no such file. Errors: corrupt, conflict (a format that this program does not know).
Result<std::optional<Manifest>> read_manifest(const std::string& path);
Status write_manifest(const std::string& path, const Manifest& manifest);

/// One line of a list of blobs.
struct BackupBlob {
  std::string name;
  FileSum sum;  // of the file, which may be sealed; the name is of the body
};
std::string encode_blob_line(const BackupBlob& blob);
/// Error: corrupt, with the list's file and line.
Result<std::vector<BackupBlob>> read_blob_list(const std::string& path);

}  // namespace hookswitch
