#include "engine/lmdb/txn.h"

#include <lmdb.h>

#include "engine/base/check.h"
#include "engine/lmdb/lmdb_error.h"

namespace hookswitch::lmdb {

namespace {

MDB_val to_val(std::string_view bytes) { return {bytes.size(), const_cast<char*>(bytes.data())}; }

std::string_view from_val(const MDB_val& value) { return {static_cast<const char*>(value.mv_data), value.mv_size}; }

Status check_key(std::string_view key) {
  if (key.empty()) return fail(Code::invalid, "use a key: found an empty one, expected 1 to {} bytes", kKeyBytesMax);
  if (key.size() > kKeyBytesMax) {
    return fail(Code::too_large, "use a key: found {} bytes, expected at most {}", key.size(), kKeyBytesMax);
  }
  return {};
}

/// LMDB leaves a transaction unusable after most failures, so a full map is noted for whoever ends it.
Status outcome(TxnCore& core, int rc, std::string_view attempted) {
  if (rc == 0) return {};
  if (rc == MDB_MAP_FULL) core.map_full = true;
  return lmdb_fail(rc, attempted);
}

}  // namespace

Txn::~Txn() = default;

Result<std::optional<std::string_view>> Txn::get(Table table, std::string_view key) const {
  if (auto ok = check_key(key); !ok) return std::unexpected(ok.error());
  MDB_val wanted = to_val(key);
  MDB_val value{};
  const int rc = mdb_get(core_->txn, table.handle, &wanted, &value);
  if (rc == MDB_NOTFOUND) return std::nullopt;
  if (rc != 0) return lmdb_fail(rc, "read a key");
  return from_val(value);
}

Result<Cursor> Txn::cursor(Table table) const {
  MDB_cursor* cursor = nullptr;
  if (const int rc = mdb_cursor_open(core_->txn, table.handle, &cursor)) return lmdb_fail(rc, "open a cursor");
  return Cursor(cursor, *core_);
}

Result<TableStat> Txn::stat(Table table) const {
  MDB_stat stat{};
  if (const int rc = mdb_stat(core_->txn, table.handle, &stat)) return lmdb_fail(rc, "read a table's size");
  const uint64_t pages = stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages;
  return TableStat{stat.ms_entries, pages * stat.ms_psize};
}

ReadTxn::~ReadTxn() {
  if (!core_) return;
  ENSURE(core_->cursors == 0, "{} cursors outlive their read transaction", core_->cursors);
  mdb_txn_abort(core_->txn);
  gate_->leave();
}

WriteTxn::~WriteTxn() {
  if (!core_ || !core_->txn) return;
  ENSURE(core_->cursors == 0, "{} cursors outlive their write transaction", core_->cursors);
  mdb_txn_abort(core_->txn);
  release();
}

Status WriteTxn::commit() {
  ENSURE(core_->txn, "commit of a transaction that ended");
  ENSURE(core_->cursors == 0, "{} cursors outlive their write transaction", core_->cursors);
  const int rc = mdb_txn_commit(core_->txn);  // frees the handle, also when it fails
  if (rc == MDB_PANIC) env_->needs_reopen_ = true;
  release();
  return outcome(*core_, rc, "commit");
}

void WriteTxn::release() {
  core_->txn = nullptr;
  env_->gate_.leave();
  lock_.unlock();
}

bool WriteTxn::map_full() const { return core_->map_full; }

Status WriteTxn::put_with(Table table, std::string_view key, std::string_view value, unsigned flags) {
  if (auto ok = check_key(key); !ok) return ok;
  MDB_val at = to_val(key);
  MDB_val data = to_val(value);
  return outcome(*core_, mdb_put(core_->txn, table.handle, &at, &data, flags), "put a key");
}

Result<MDB_cursor*> WriteTxn::put_cursor(Table table) {
  if (put_cursors_.size() <= table.handle) put_cursors_.resize(table.handle + 1);
  MDB_cursor*& cursor = put_cursors_[table.handle];
  if (cursor != nullptr) return cursor;
  if (const int rc = mdb_cursor_open(core_->txn, table.handle, &cursor)) return lmdb_fail(rc, "open a cursor to put");
  return cursor;
}

Status WriteTxn::put(Table table, std::string_view key, std::string_view value) {
  if (auto ok = check_key(key); !ok) return ok;
  auto cursor = put_cursor(table);
  if (!cursor) return std::unexpected(cursor.error());
  MDB_val at = to_val(key);
  MDB_val data = to_val(value);
  return outcome(*core_, mdb_cursor_put(*cursor, &at, &data, 0), "put a key");
}

Status WriteTxn::put_new(Table table, std::string_view key, std::string_view value) {
  return put_with(table, key, value, MDB_NOOVERWRITE);
}

Status WriteTxn::put_append(Table table, std::string_view key, std::string_view value) {
  return put_with(table, key, value, MDB_APPEND);
}

Result<char*> WriteTxn::reserve_append(Table table, std::string_view key, size_t bytes) {
  if (auto ok = check_key(key); !ok) return std::unexpected(ok.error());
  MDB_val at = to_val(key);
  MDB_val data{bytes, nullptr};
  const int rc = mdb_put(core_->txn, table.handle, &at, &data, MDB_APPEND | MDB_RESERVE);
  if (auto ok = outcome(*core_, rc, "reserve room for a value"); !ok) return std::unexpected(ok.error());
  return static_cast<char*>(data.mv_data);
}

Result<bool> WriteTxn::del(Table table, std::string_view key) {
  if (auto ok = check_key(key); !ok) return std::unexpected(ok.error());
  MDB_val at = to_val(key);
  const int rc = mdb_del(core_->txn, table.handle, &at, nullptr);
  if (rc == MDB_NOTFOUND) return false;
  if (auto ok = outcome(*core_, rc, "remove a key"); !ok) return std::unexpected(ok.error());
  return true;
}

Status WriteTxn::clear(Table table) { return outcome(*core_, mdb_drop(core_->txn, table.handle, 0), "clear a table"); }

}  // namespace hookswitch::lmdb
