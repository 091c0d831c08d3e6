#include "engine/state/position.h"

#include <algorithm>
#include <ranges>

#include "engine/base/bytes.h"

namespace hookswitch {
namespace {

constexpr const char* kRestored = "restored";
constexpr size_t kRestoredBytes = 16;

}  // namespace

uint64_t read_position(const Reader& reader) {
  auto row = reader.get(Table::meta, "position");
  return row ? ByteReader(*row).le<uint64_t>() : 0;
}

void put_position(Writer& writer, uint64_t seq) {
  std::string row;
  put_le(row, seq);
  writer.put(Table::meta, "position", row);
}

std::optional<RestoredAt> read_restored(const Reader& reader) {
  auto all = read_restores(reader);
  return all.empty() ? std::nullopt : std::optional(all.back());
}

std::vector<RestoredAt> read_restores(const Reader& reader) {
  auto row = reader.get(Table::meta, kRestored);
  std::vector<RestoredAt> all;
  for (ByteReader in(row.value_or("")); in.left() >= kRestoredBytes;) {
    const auto time_ms = in.le<int64_t>();
    all.push_back({time_ms, in.le<uint64_t>()});
  }
  std::ranges::reverse(all);
  return all;
}

void put_restored(Writer& writer, const RestoredAt& at) {
  auto all = read_restores(writer);
  if (std::ranges::find(all, at) != all.end()) return;
  all.push_back(at);
  std::string row;
  for (const RestoredAt& one : all | std::views::reverse) {
    put_le(row, one.time_ms);
    put_le(row, one.last_seq);
  }
  writer.put(Table::meta, kRestored, row);
}

}  // namespace hookswitch
