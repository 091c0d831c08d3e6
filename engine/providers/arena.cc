#include "engine/providers/arena.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace hookswitch {

namespace {

constexpr size_t kAlign = alignof(std::max_align_t);

}  // namespace

Arena::Arena(size_t bytes_max, size_t chunk_bytes)
    : bytes_max_(bytes_max),
      chunk_bytes_(chunk_bytes),
      call_{{sizeof(hookswitch_call), &Arena::alloc_for, {nullptr, 0}}, this} {}

void* Arena::alloc(size_t bytes) {
  if (bytes > bytes_max_) return nullptr;  // also keeps the rounding below from overflowing
  size_t rounded = std::max<size_t>(bytes + kAlign - 1, kAlign) / kAlign * kAlign;
  if (rounded > bytes_max_ - std::min(given_, bytes_max_)) return nullptr;
  if (chunks_.empty() || chunks_.back().size - used_ < rounded) {
    size_t size = std::max(rounded, chunk_bytes_);
    auto chunk = std::unique_ptr<char[]>(new (std::nothrow) char[size]);
    if (!chunk) return nullptr;
    chunks_.push_back({std::move(chunk), size});
    used_ = 0;
  }
  char* at = chunks_.back().bytes.get() + used_;
  used_ += rounded;
  given_ += rounded;
  std::memset(at, 0, rounded);
  return at;
}

void Arena::reset() {
  if (chunks_.size() > 1) chunks_.resize(1);
  if (!chunks_.empty() && chunks_.front().size > chunk_bytes_) chunks_.clear();
  used_ = given_ = 0;
  call_.base.error = {nullptr, 0};
}

void* Arena::alloc_for(hookswitch_call* call, size_t bytes) noexcept {
  return reinterpret_cast<Call*>(call)->arena->alloc(bytes);
}

ArenaLease::ArenaLease()
    : arena_([]() -> Arena& {
        thread_local Arena arena;
        return arena;
      }()) {}

}  // namespace hookswitch
