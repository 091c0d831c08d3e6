// Keeps only the newest part of the log in memory: what is processed and far enough behind is let go, from the page
// cache and from this process's map.
//
// Nobody reads it again soon, and left alone it would push out of the page cache what is read all the time: the state.
// Pages that were let go are also the ones the next commits are written to, which is cheaper than memory that has not
// been used for long. Letting go loses nothing: whoever reads it after all reads it from the disk.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>

#include "engine/log/store.h"

namespace hookswitch {

class CachedTail {
 public:
  /// Records before `next_seq` lie within the first `used_bytes` of the data file.
  struct Mark {
    uint64_t next_seq = 0;
    uint64_t used_bytes = 0;
  };

  /// `path` is the data file of `store`, which outlives this. What is before `start` is left as it is.
  CachedTail(const LogStore& store, std::string path, uint64_t bytes_kept, Mark start);

  /// [committer] How far the log has come; to be said every few megabytes.
  void mark(Mark mark);

  /// [extender] Lets go what was marked, lies more than `bytes_kept` behind the last mark, and is before `keep_from`.
  void let_go(uint64_t keep_from);

 private:
  std::optional<Mark> take(uint64_t keep_from);
  void unmap(uint64_t next_seq);

  const LogStore& store_;
  const std::string path_;
  const uint64_t bytes_kept_;
  std::mutex mutex_;        // guards the marks
  std::deque<Mark> marks_;  // oldest first; those passed are dropped
  Mark gone_;               // [extender] up to here everything was let go
};

}  // namespace hookswitch
