// Memory for records on their way to the disk: handed out in order, taken back all at once, and used again.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace hookswitch {

class RecordBuffer {
 public:
  /// Good until clear(), also when the buffer is moved or swapped.
  char* reserve(size_t bytes);

  /// Takes everything back. A few megabytes are kept for the next records, the rest is freed.
  void clear();

 private:
  std::vector<std::unique_ptr<char[]>> chunks_;  // of kChunkBytes each; those behind used_ are free
  std::vector<std::unique_ptr<char[]>> large_;   // one each for records that are larger than that
  size_t used_ = 0;                              // chunks begun
  size_t left_ = 0;                              // bytes of the last one begun
};

}  // namespace hookswitch
