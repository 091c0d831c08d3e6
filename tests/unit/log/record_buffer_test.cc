#include "engine/log/record_buffer.h"

#include <catch2/catch.hpp>

#include <cstring>
#include <utility>
#include <vector>

using namespace hookswitch;

namespace {

struct Piece {
  char* at;
  size_t bytes;
  char fill;
  bool intact() const {
    for (size_t i = 0; i < bytes; ++i) {
      if (at[i] != fill) return false;
    }
    return true;
  }
};

std::vector<Piece> reserve_all(RecordBuffer& buffer, const std::vector<size_t>& sizes) {
  std::vector<Piece> out;
  for (size_t bytes : sizes) {
    Piece piece{buffer.reserve(bytes), bytes, static_cast<char>('a' + out.size() % 26)};
    std::memset(piece.at, piece.fill, bytes);
    out.push_back(piece);
  }
  return out;
}

bool all_intact(const std::vector<Piece>& pieces) {
  for (const Piece& piece : pieces) {
    if (!piece.intact()) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("what a record buffer hands out does not overlap, whatever the sizes") {
  const std::vector<size_t> sizes{1, 100'000, 200'000, 256 * 1024, 256 * 1024 + 1, 0, 5'000'000, 40, 262'000, 1, 3};
  RecordBuffer buffer;
  CHECK(all_intact(reserve_all(buffer, sizes)));
  buffer.clear();
  CHECK(all_intact(reserve_all(buffer, sizes)));
  buffer.clear();
  CHECK(all_intact(reserve_all(buffer, std::vector<size_t>(60, 200'000))));  // more than is kept
  buffer.clear();
  CHECK(all_intact(reserve_all(buffer, std::vector<size_t>(60, 200'000))));
}

TEST_CASE("what a record buffer handed out outlives a swap") {
  RecordBuffer first, second;
  const auto pieces = reserve_all(first, {10, 300'000, 20});
  std::swap(first, second);
  first.clear();
  const auto others = reserve_all(first, {10, 300'000, 20});
  CHECK(all_intact(pieces));
  CHECK(all_intact(others));
}
