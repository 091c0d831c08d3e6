// A file of JSON lines that is rotated when it has grown: name, name.1 (newest), name.2, ...
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/error.h"

namespace hookswitch {

class FileSink {  // [one thread]
 public:
  FileSink(std::string path, uint64_t rotate_bytes, int keep)
      : path_(std::move(path)), rotate_bytes_(rotate_bytes), keep_(keep) {}
  ~FileSink();
  FileSink(const FileSink&) = delete;
  FileSink& operator=(const FileSink&) = delete;

  /// All lines are on disk, or none of them counts: what was written of them is cut off again. A line without its end
  /// that a crash left is removed first. The file is opened anew each time it was moved away.
  Status write(const std::vector<std::string>& lines);

 private:
  Status open();
  bool moved_away() const;
  Status mend();
  Status rotate();
  void close();

  const std::string path_;
  const uint64_t rotate_bytes_;
  const int keep_;
  int fd_ = -1;
  uint64_t bytes_ = 0;
};

}  // namespace hookswitch
