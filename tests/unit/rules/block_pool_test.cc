#include "engine/rules/block_pool.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <random>
#include <vector>

namespace hookswitch {
namespace {

struct Block {
  char* bytes;
  size_t size;
  char mark;
};

bool intact(const Block& block) {
  return std::all_of(block.bytes, block.bytes + block.size, [&](char c) { return c == block.mark; });
}

TEST_CASE("blocks of a pool keep their bytes, whatever their sizes become and however many there are") {
  BlockPool pool;
  std::mt19937 random(11);
  std::vector<Block> blocks;
  size_t held = 0;
  auto some_size = [&] { return 1 + random() % (random() % 8 == 0 ? 4'000 : 600); };
  for (int i = 0; i < 40'000; ++i) {
    const size_t at = blocks.empty() ? 0 : random() % blocks.size();
    const bool full = held > 3 << 20;  // three times what the region holds: the rest is the heap's
    if (blocks.empty() || (!full && random() % 2 == 0)) {
      const size_t size = some_size();
      blocks.push_back({static_cast<char*>(pool.resize(nullptr, 0, size)), size, static_cast<char>(i)});
      std::memset(blocks.back().bytes, blocks.back().mark, size);
      held += size;
    } else if (random() % 2 == 0) {
      Block& block = blocks[at];
      REQUIRE(intact(block));
      const size_t size = some_size();
      block.bytes = static_cast<char*>(pool.resize(block.bytes, block.size, size));
      held += size - block.size;
      REQUIRE(
          std::all_of(block.bytes, block.bytes + std::min(size, block.size), [&](char c) { return c == block.mark; }));
      block.size = size;
      std::memset(block.bytes, block.mark, size);
    } else {
      REQUIRE(intact(blocks[at]));
      pool.release(blocks[at].bytes, blocks[at].size);
      held -= blocks[at].size;
      blocks[at] = blocks.back();
      blocks.pop_back();
    }
  }
  for (const Block& block : blocks) {
    REQUIRE(intact(block));
    pool.release(block.bytes, block.size);
  }
}

TEST_CASE("a block that was given back is the next of its size, and every block is aligned for anything") {
  BlockPool pool;
  void* first = pool.resize(nullptr, 0, 40);
  pool.release(first, 40);
  CHECK(pool.resize(nullptr, 0, 33) == first);
  CHECK(pool.resize(first, 33, 48) == first);
  for (size_t size : {1, 15, 16, 17, 500, 512, 513, 100'000}) {
    void* block = pool.resize(nullptr, 0, size);
    CHECK(reinterpret_cast<uintptr_t>(block) % alignof(std::max_align_t) == 0);
    pool.release(block, size);
  }
  pool.release(nullptr, 0);
}

}  // namespace
}  // namespace hookswitch
