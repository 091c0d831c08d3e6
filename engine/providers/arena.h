// The memory of one hook call: handed out in order, all of it taken back at once, bounded.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "engine/abi/provider.h"
#include "engine/base/limits.h"

namespace hookswitch {

constexpr size_t kArenaChunkBytes = 64 * limits::kKiB;

/// One thread at a time; a thread that calls hooks one after another keeps one arena.
class Arena {
 public:
  /// Takes its memory in chunks of so many bytes: small ones where many arenas are kept.
  explicit Arena(size_t bytes_max = limits::kArenaBytes, size_t chunk_bytes = kArenaChunkBytes);
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// Zeroed and aligned for every type; nullptr when the bound is reached.
  void* alloc(size_t bytes);

  /// Everything handed out is gone. The first chunk is kept.
  void reset();

  /// What a plugin sees of this arena.
  hookswitch_call* call() { return &call_.base; }

 private:
  struct Call {
    hookswitch_call base;
    Arena* arena;
  };
  struct Chunk {
    std::unique_ptr<char[]> bytes;
    size_t size;
  };
  static void* alloc_for(hookswitch_call* call, size_t bytes) noexcept;

  const size_t bytes_max_, chunk_bytes_;
  size_t given_ = 0;  // in all chunks since the last reset
  size_t used_ = 0;   // of the last chunk
  std::vector<Chunk> chunks_;
  Call call_;
};

/// The calling thread's arena, reset when the lease ends. Leases of one thread must not nest.
class ArenaLease {
 public:
  ArenaLease();
  ~ArenaLease() { arena_.reset(); }
  ArenaLease(const ArenaLease&) = delete;
  ArenaLease& operator=(const ArenaLease&) = delete;
  Arena& operator*() { return arena_; }
  Arena* operator->() { return &arena_; }

 private:
  Arena& arena_;
};

}  // namespace hookswitch
