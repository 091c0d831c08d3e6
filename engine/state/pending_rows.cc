#include "engine/state/pending_rows.h"

#include <algorithm>
#include <cstring>

#include "engine/base/hash.h"

namespace hookswitch {
namespace {

constexpr size_t kFirstSlots = 256;

// The first bytes as a number that is in order as they are: decides nearly every comparison.
uint64_t head_of(std::string_view key) {
  uint64_t head = 0;
  std::memcpy(&head, key.data(), std::min(key.size(), sizeof head));
  return __builtin_bswap64(head);
}

}  // namespace

uint64_t PendingRows::hash_of(std::string_view key) { return hash64(key); }

PendingRow* PendingRows::find(std::string_view key, uint64_t hash) {
  if (rows_.empty()) return nullptr;
  for (size_t at = hash & (slots_.size() - 1); slots_[at] != 0; at = (at + 1) & (slots_.size() - 1)) {
    PendingRow& row = rows_[slots_[at] - 1];
    if (row.hash == hash && row.key == key) return &row;
  }
  return nullptr;
}

void PendingRows::add(PendingRow row) {
  rows_.push_back(row);
  if (2 * rows_.size() > slots_.size()) return grow();
  place(static_cast<uint32_t>(rows_.size()));
}

void PendingRows::place(uint32_t number) {
  size_t at = rows_[number - 1].hash & (slots_.size() - 1);
  while (slots_[at] != 0) at = (at + 1) & (slots_.size() - 1);
  slots_[at] = number;
}

void PendingRows::grow() {
  slots_.assign(std::max(kFirstSlots, 2 * slots_.size()), 0);
  for (uint32_t number = 1; number <= rows_.size(); ++number) place(number);
}

void PendingRows::clear() {
  rows_.clear();
  slots_.assign(kFirstSlots, 0);
}

std::vector<uint32_t> PendingRows::in_order() const {
  std::vector<std::pair<uint64_t, uint32_t>> heads;
  heads.reserve(rows_.size());
  for (uint32_t number = 0; number < rows_.size(); ++number) heads.emplace_back(head_of(rows_[number].key), number);
  std::ranges::sort(heads, [&](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : rows_[a.second].key < rows_[b.second].key;
  });
  std::vector<uint32_t> out;
  out.reserve(heads.size());
  for (const auto& [head, number] : heads) out.push_back(number);
  return out;
}

}  // namespace hookswitch
