// An LMDB data file looked at page by page, without LMDB: it trusts what it reads, and a page that is damaged can take
// the process with it. This reads with bounds on everything and names what does not fit.
//
// What holds in a sound file: every table is a tree of equally deep pages; each page knows its own number and is used
// once; keys rise within a page and lie between the keys that lead to it; nothing points beyond the file; the counts
// that the tables keep are right. Bytes within a value are not LMDB's: records have checksums of their own.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "engine/base/error.h"

namespace hookswitch {

struct PageFinding {
  std::string table;  // "" for the list of tables, "free" for that of free pages
  uint64_t page = 0;
  std::string what;
};

struct PageCheck {
  std::string file;  // .../data.mdb
  /// Leaves are most of a file; without them a look costs a hundredth, and the branches that lead there are sound.
  bool leaves = true;
  uint64_t pages_max = UINT64_MAX;  // looked at; then the rest is taken for sound
};

struct PageSummary {
  uint64_t pages = 0;  // looked at
  uint64_t findings = 0;
  bool complete = true;  // within pages_max
};

/// Error: io, or not_found. What is wrong with the file goes to `found`, at most some hundred findings.
/// Beside a process that writes, `pin` must keep the pages of the newest commit from being used again: it is called
/// with nothing, after the newest commit was looked up, and the look is repeated if there was another commit meanwhile.
Result<PageSummary> check_pages(const PageCheck& check, const std::function<void(const PageFinding&)>& found,
                                const std::function<Status()>& pin = {});

}  // namespace hookswitch
