// Transactions: what is read and written between two moments, all or nothing.
//
// Every string_view they hand out points into the map and dies with the transaction (in a write transaction already
// with the next change). Cursors must be gone before their transaction ends; this is checked.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/base/error.h"
#include "engine/lmdb/cursor.h"
#include "engine/lmdb/env.h"

namespace hookswitch::lmdb {

constexpr size_t kKeyBytesMax = 511;  // LMDB's bound; a longer key is refused with too_large

struct TableStat {
  uint64_t entries = 0;
  uint64_t bytes = 0;  // pages in use times page size
};

/// What both kinds can do. [one thread: the one that began it]
class Txn {
 public:
  Txn(Txn&&) = default;
  Txn& operator=(Txn&&) = delete;

  /// nullopt when there is no such key.
  Result<std::optional<std::string_view>> get(Table table, std::string_view key) const;
  Result<Cursor> cursor(Table table) const;
  Result<TableStat> stat(Table table) const;

 protected:
  explicit Txn(std::unique_ptr<TxnCore> core) : core_(std::move(core)) {}
  ~Txn();
  std::unique_ptr<TxnCore> core_;
};

class ReadTxn : public Txn {
 public:
  ReadTxn(ReadTxn&&) = default;
  ~ReadTxn();

 private:
  friend class Env;
  ReadTxn(std::unique_ptr<TxnCore> core, MapGate& gate) : Txn(std::move(core)), gate_(&gate) {}
  MapGate* gate_;
};

class WriteTxn : public Txn {
 public:
  WriteTxn(WriteTxn&&) = default;
  ~WriteTxn();

  /// Puts or replaces. Keys put in order are found from the place of the one before, without a search from the root.
  Status put(Table table, std::string_view key, std::string_view value);
  /// Puts a key that must not exist yet: conflict when it does.
  Status put_new(Table table, std::string_view key, std::string_view value);
  /// Puts a key greater than every other of the table, without searching: conflict when it is not.
  Status put_append(Table table, std::string_view key, std::string_view value);
  /// The same, but hands out the place for `bytes` bytes of value; fill all of them before anything else is done here.
  Result<char*> reserve_append(Table table, std::string_view key, size_t bytes);
  /// Whether the key was there.
  Result<bool> del(Table table, std::string_view key);
  /// Removes every row.
  Status clear(Table table);

  /// Ends the transaction, also when it fails: then nothing of it happened.
  Status commit();

  /// Whether something failed because the map is full: undo, Env::grow(), and do all of it again. Env::write() does so.
  bool map_full() const;

 private:
  friend class Env;
  WriteTxn(std::unique_ptr<TxnCore> core, Env& env, std::unique_lock<std::mutex> lock)
      : Txn(std::move(core)), env_(&env), lock_(std::move(lock)) {}
  Status put_with(Table table, std::string_view key, std::string_view value, unsigned flags);
  Result<MDB_cursor*> put_cursor(Table table);
  void release();

  Env* env_;
  std::vector<MDB_cursor*> put_cursors_;  // by table, where put() was last; LMDB closes them with the transaction
  std::unique_lock<std::mutex> lock_;
};

}  // namespace hookswitch::lmdb
