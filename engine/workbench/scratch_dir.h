// A directory for one run, gone when the run is over, however it ended.
#pragma once

#include <string>
#include <utility>

#include "engine/base/error.h"

namespace hookswitch {

/// Holds a lock on its directory, so that one left behind by a killed process is known as such and removed by the next
/// run.
class ScratchDir {
 public:
  /// Makes `parent`/`prefix`XXXXXX and removes those of that prefix that nobody holds any more.
  static Result<ScratchDir> make(const std::string& parent, const std::string& prefix);
  ScratchDir(ScratchDir&& other) noexcept
      : path_(std::exchange(other.path_, {})), lock_fd_(std::exchange(other.lock_fd_, -1)) {}
  ScratchDir& operator=(ScratchDir&&) = delete;
  ~ScratchDir();

  const std::string& path() const { return path_; }

 private:
  ScratchDir(std::string path, int lock_fd) : path_(std::move(path)), lock_fd_(lock_fd) {}

  std::string path_;
  int lock_fd_;
};

}  // namespace hookswitch
