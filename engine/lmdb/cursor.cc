#include "engine/lmdb/cursor.h"

#include <lmdb.h>

#include <utility>

#include "engine/lmdb/lmdb_error.h"

namespace hookswitch::lmdb {

Cursor::Cursor(MDB_cursor* cursor, TxnCore& core) : cursor_(cursor), core_(&core) { ++core_->cursors; }

Cursor::Cursor(Cursor&& other) noexcept
    : cursor_(std::exchange(other.cursor_, nullptr)), core_(other.core_), key_(other.key_), value_(other.value_) {}

Cursor::~Cursor() {
  if (!cursor_) return;
  mdb_cursor_close(cursor_);
  --core_->cursors;
}

Result<bool> Cursor::move(int operation, std::string_view from) {
  MDB_val key{from.size(), const_cast<char*>(from.data())};
  MDB_val value{};
  const int rc = mdb_cursor_get(cursor_, &key, &value, static_cast<MDB_cursor_op>(operation));
  if (rc == 0) {
    key_ = {static_cast<const char*>(key.mv_data), key.mv_size};
    value_ = {static_cast<const char*>(value.mv_data), value.mv_size};
    return true;
  }
  key_ = value_ = {};
  if (rc == MDB_NOTFOUND) return false;
  return lmdb_fail(rc, "move a cursor");
}

Result<bool> Cursor::first() { return move(MDB_FIRST); }
Result<bool> Cursor::last() { return move(MDB_LAST); }
Result<bool> Cursor::next() { return move(MDB_NEXT); }
Result<bool> Cursor::prev() { return move(MDB_PREV); }

Result<bool> Cursor::seek_at_least(std::string_view key) {
  if (key.empty()) return first();  // LMDB has no empty keys, and refuses to look for one
  return move(MDB_SET_RANGE, key);
}

Result<bool> Cursor::seek_at_most(std::string_view key) {
  if (key.empty()) {
    key_ = value_ = {};
    return false;
  }
  auto found = move(MDB_SET_RANGE, key);
  if (!found) return found;
  if (!*found) return last();
  return key_ == key ? found : prev();
}

Status Cursor::del() {
  const int rc = mdb_cursor_del(cursor_, 0);
  if (rc == 0) return {};
  if (rc == MDB_MAP_FULL) core_->map_full = true;
  return lmdb_fail(rc, "remove the entry at a cursor");
}

}  // namespace hookswitch::lmdb
