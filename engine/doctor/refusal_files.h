// Refused deliveries on disk: one file each, bounded in number, bytes and age, apart from the log that they must not
// fill.
//
// data/refusals/<id>.refusal: a line of JSON, then the body; both sealed when there are keys (sealing/keys.h). Files
// are replaced by renaming and never synced: after a power cut some may be missing, which costs nobody anything. When
// there are too many, the oldest of the source and reason that has the most go first, so that a flood of forgeries does
// not push out what an operator looks for. They stay in the directory that was opened: another one that takes its place
// is another engine's.
#pragma once

#include <dirent.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/limits.h"
#include "engine/base/owned.h"
#include "engine/doctor/refusal.h"
#include "engine/sealing/keys.h"

namespace hookswitch {

struct RefusalBounds {
  size_t count = limits::kRefusals;
  size_t bytes = limits::kRefusalsBytes;
  int64_t keep_ms = limits::kRefusalKeepMs;
};

/// One thread.
class RefusalFiles {
 public:
  /// Makes the directory when it is missing, for its owner alone; takes up what is there. Files that cannot be read as
  /// refusals are removed.
  static Result<RefusalFiles> open(const std::string& dir, RefusalBounds bounds = {},
                                   std::shared_ptr<const Keys> keys = nullptr);

  /// Gives it an id and writes it; then removes what is too much or older than now_ms - keep_ms.
  Status add(RefusedDelivery& refusal, int64_t now_ms);
  /// Newest first, at most `count`; of one source unless `source` is "".
  std::vector<RefusedDelivery> newest(const std::string& source, size_t count) const;
  std::optional<RefusedDelivery> find(uint64_t id) const;
  void remove(uint64_t id);
  void remove_older_than(int64_t time_ms);
  /// Those that `is_meant` says yes to. Returns how many.
  uint64_t forget(const std::function<bool(const RefusedDelivery&)>& is_meant);
  size_t count() const { return entries_.size(); }
  size_t bytes() const { return bytes_; }

 private:
  struct Entry {
    int64_t time_ms = 0;
    size_t bytes = 0;
    std::string source, group;
  };

  using Directory = Owned<DIR, ::closedir>;

  RefusalFiles(Directory dir, RefusalBounds bounds, std::shared_ptr<const Keys> keys)
      : dir_(std::move(dir)), bounds_(bounds), keys_(std::move(keys)) {}
  std::optional<std::string> text_in(const std::string& file, uint64_t id) const;
  void enter(const RefusedDelivery& refusal, size_t bytes);
  uint64_t most_expendable() const;

  Directory dir_;
  RefusalBounds bounds_;
  std::shared_ptr<const Keys> keys_;
  std::map<uint64_t, Entry> entries_;
  std::map<std::string, size_t> groups_;  // how many of each source and code
  size_t bytes_ = 0;
  uint64_t last_id_ = 0;
};

}  // namespace hookswitch
