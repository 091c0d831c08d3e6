#include "engine/log/record_buffer.h"

#include <algorithm>

#include "engine/base/limits.h"

namespace hookswitch {

namespace {
constexpr size_t kChunkBytes = 256 * limits::kKiB;
constexpr size_t kChunksKept = 16;
}  // namespace

char* RecordBuffer::reserve(size_t bytes) {
  if (bytes > kChunkBytes) return large_.emplace_back(std::make_unique_for_overwrite<char[]>(bytes)).get();
  if (bytes > left_) {
    if (used_ == chunks_.size()) chunks_.push_back(std::make_unique_for_overwrite<char[]>(kChunkBytes));
    ++used_;
    left_ = kChunkBytes;
  }
  char* at = chunks_[used_ - 1].get() + (kChunkBytes - left_);
  left_ -= bytes;
  return at;
}

void RecordBuffer::clear() {
  large_.clear();
  chunks_.resize(std::min(chunks_.size(), kChunksKept));
  used_ = left_ = 0;
}

}  // namespace hookswitch
