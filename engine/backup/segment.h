// A piece of the log as a file: groups one after another, each as log/format.h lays it out.
//
//   "HSLS", u16 version (1), u16 zero
//   for each group: u64 first sequence, u32 count of records, u32 zero, u64 bytes, the group      little-endian
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "engine/backup/files.h"
#include "engine/log/format.h"
#include "engine/log/store.h"

namespace hookswitch {

class SegmentWriter {  // [one thread]
 public:
  static Result<SegmentWriter> create(const std::string& path);

  Status add(const GroupKey& key, std::string_view group);
  uint64_t bytes() const { return file_.bytes(); }
  Result<FileSum> finish() { return file_.finish(); }

 private:
  explicit SegmentWriter(NewFile file) : file_(std::move(file)) {}
  NewFile file_;
};

/// Visits the groups of a file whose sum was checked. Error: corrupt when it is no such file.
Status read_segment(const std::string& path, const std::function<Status(LogStore::RawGroup group)>& visit);

/// The group without its records after `last`. Error: corrupt when one that stays is damaged: a copy would have to
/// vouch for it.
Result<LogStore::RawGroup> cut_group(const LogStore::RawGroup& group, uint64_t last);

}  // namespace hookswitch
