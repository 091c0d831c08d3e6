// Small blocks of memory for a Lua state: tables, strings and closures come and go by the hundred with every event.
#pragma once

#include <array>
#include <cstddef>
#include <memory>

namespace hookswitch {

/// Blocks of up to kBlockBytes out of one region of fixed size, given back to a list by size; what is larger, or finds
/// the region used up, comes from the heap. Nobody else's memory is touched by what a rule wastes. [one thread]
class BlockPool {
 public:
  BlockPool();

  /// As realloc, but told the old size. Null when there is no memory: the old block stays as it was.
  void* resize(void* block, size_t old_size, size_t new_size);
  void release(void* block, size_t size);

 private:
  static constexpr size_t kGrain = 16;
  static constexpr size_t kBlockBytes = 512;
  static constexpr size_t kRegionBytes = 1 << 20;
  static constexpr size_t kKinds = kBlockBytes / kGrain;
  struct Free {
    Free* next;
  };

  static size_t kind_of(size_t size) { return (size - 1) / kGrain; }
  bool ours(const void* block) const { return block >= region_.get() && block < region_.get() + kRegionBytes; }
  void* take(size_t size);

  std::unique_ptr<char[]> region_;
  size_t used_ = 0;  // of the region, from its beginning
  std::array<Free*, kKinds> free_{};
};

}  // namespace hookswitch
