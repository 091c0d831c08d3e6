#include "engine/rules/block_pool.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace hookswitch {

BlockPool::BlockPool() : region_(new char[kRegionBytes]) {}

void* BlockPool::take(size_t size) {
  if (size > kBlockBytes) return std::malloc(size);
  const size_t kind = kind_of(size);
  if (Free* block = free_[kind]) {
    free_[kind] = block->next;
    return block;
  }
  const size_t bytes = (kind + 1) * kGrain;
  if (bytes > kRegionBytes - used_) return std::malloc(size);
  void* block = region_.get() + used_;
  used_ += bytes;
  return block;
}

void BlockPool::release(void* block, size_t size) {
  if (block == nullptr) return;
  if (!ours(block)) return std::free(block);
  auto* free = static_cast<Free*>(block);
  const size_t kind = kind_of(size);
  free->next = free_[kind];
  free_[kind] = free;
}

void* BlockPool::resize(void* block, size_t old_size, size_t new_size) {
  if (block == nullptr) return take(new_size);
  if (!ours(block) && new_size > kBlockBytes) return std::realloc(block, new_size);
  if (ours(block) && new_size <= kBlockBytes && kind_of(old_size) == kind_of(new_size)) return block;
  void* moved = take(new_size);
  if (moved == nullptr) return nullptr;
  std::memcpy(moved, block, std::min(old_size, new_size));
  release(block, old_size);
  return moved;
}

}  // namespace hookswitch
