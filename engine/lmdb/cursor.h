// A place in a table, for walking it in key order, forward or backward.
//
//   for (auto found = cursor.seek_at_least(from); found && *found; found = cursor.next()) use(cursor.key(),
//   cursor.value());
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/base/error.h"

struct MDB_cursor;
struct MDB_txn;

namespace hookswitch::lmdb {

/// An LMDB transaction and what its owner and cursors must know of it.
struct TxnCore {
  MDB_txn* txn = nullptr;  // null once it ended
  bool map_full = false;   // something failed because the map is full
  int cursors = 0;         // open on it
};

/// Moves return whether there is an entry at the new place; key() and value() are that entry's. [the transaction's
/// thread]
class Cursor {
 public:
  Cursor(Cursor&& other) noexcept;
  Cursor& operator=(Cursor&&) = delete;
  ~Cursor();

  Result<bool> first();
  Result<bool> last();
  Result<bool> next();
  Result<bool> prev();
  /// To the first key >= `key`.
  Result<bool> seek_at_least(std::string_view key);
  /// To the last key <= `key`.
  Result<bool> seek_at_most(std::string_view key);

  std::string_view key() const { return key_; }
  std::string_view value() const { return value_; }

  /// Removes the entry at this place (write transactions); next() then moves to the one that followed it.
  Status del();

 private:
  friend class Txn;
  Cursor(MDB_cursor* cursor, TxnCore& core);
  Result<bool> move(int operation, std::string_view from = {});

  MDB_cursor* cursor_;
  TxnCore* core_;
  std::string_view key_;
  std::string_view value_;
};

}  // namespace hookswitch::lmdb
