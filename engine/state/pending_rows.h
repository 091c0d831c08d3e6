// Changes of one table that wait to be written: found by key at once, given in the order of keys at the end.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace hookswitch {

struct PendingRow {
  std::string_view key;
  std::optional<std::string_view> value;  // nullopt: removed
  uint64_t hash = 0;
};

/// A table with open addressing whose rows lie side by side: an event asks for some thirty keys. Keys and values belong
/// to somebody else.
class PendingRows {
 public:
  bool empty() const { return rows_.empty(); }
  static uint64_t hash_of(std::string_view key);

  /// Null when there is none. Dies with the next add().
  PendingRow* find(std::string_view key, uint64_t hash);
  /// Must not be there yet.
  void add(PendingRow row);
  void clear();

  /// Numbers of rows, for row().
  std::vector<uint32_t> in_order() const;
  const PendingRow& row(uint32_t number) const { return rows_[number]; }

 private:
  void place(uint32_t number);
  void grow();

  std::vector<PendingRow> rows_;
  std::vector<uint32_t> slots_;  // a row's number from 1, 0: free; a power of two of them, at most half are taken
};

}  // namespace hookswitch
