// The one door to LMDB: an environment (one directory, one map), its named tables, and its transactions.
//
// A read transaction sees the tables as they were when it began, for as long as it lives; one write transaction runs at
// a time. The map grows by itself up to a bound. LMDB allows that only while no transaction is open in the process, so
// readers pass a gate (map_gate.h) and the one who grows waits until they are out.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/base/error.h"
#include "engine/lmdb/map_gate.h"

struct MDB_env;
struct MDB_txn;

namespace hookswitch::lmdb {

class ReadTxn;
class WriteTxn;

struct EnvOptions {
  std::string dir;                          // made when missing
  uint64_t map_bytes_initial = 1ULL << 30;  // address space, not memory nor disk
  uint64_t map_bytes_max = 1ULL << 40;      // how far the map may grow
  unsigned tables_max = 64;                 // named tables
  bool sync_meta = true;   // false: a commit may be undone by a crash of the machine until sync(), but nothing breaks
  bool sync = true;        // false: nothing is ever synced; for files that are thrown away with the process
  bool read_only = false;  // beside the process that writes: the directory and its tables must be there already
  // After so many transactions the map is made anew, so that what was read of a large file does not stay in this
  // process's memory; 0: never. The kernel keeps its copy as long as it likes.
  unsigned remap_after = 0;
};

/// A named table; valid for the life of its environment.
struct Table {
  unsigned handle = 0;
};

struct EnvInfo {
  uint64_t file_bytes = 0;  // size of the data file
  uint64_t used_bytes = 0;  // up to the last page ever used; pages freed below it are used again
  uint64_t map_bytes = 0;   // present size of the map
  uint64_t page_bytes = 0;
};

/// [any] All functions may be called on any thread. Outlives its transactions. Not usable across fork().
/// A process opens one directory only once at a time.
class Env {
 public:
  /// Opens or makes it and frees the reader slots of processes that died.
  /// Errors: io, denied, corrupt, conflict (made by another version of LMDB), unavailable (disk full).
  static Result<std::unique_ptr<Env>> open(EnvOptions options);
  ~Env();
  Env(const Env&) = delete;
  Env& operator=(const Env&) = delete;

  /// Opens the table, making it when missing (read_only: not_found). To be done at start, while this thread has no
  /// transaction open.
  Result<Table> open_table(const std::string& name);

  /// A view of everything as of the newest commit. Keep it short: pages freed meanwhile cannot be used again, and the
  /// map cannot grow. To be ended on the thread that began it.
  Result<ReadTxn> read() const;

  /// The write transaction; waits for the one that is running. Ends without commit() undone.
  Result<WriteTxn> begin_write();

  /// Runs `fn` in a write transaction and commits it when it returned success; otherwise it is undone and fn's error
  /// returned. When the map is full it is undone, the map is grown, and fn runs again from the start; so fn must have
  /// no other effects than on the tables. At the bound: unavailable. The calling thread must not have a read
  /// transaction open: growing would wait for it in vain.
  Status write(const std::function<Status(WriteTxn&)>& fn);

  /// Doubles the map, up to the bound. No transaction may be open on this thread. For users of begin_write().
  Status grow();

  /// Makes every commit so far durable; needed only with sync_meta = false.
  Status sync();

  /// Writes a compacted, consistent copy as `dir`/data.mdb while everything goes on. `dir` must exist and be empty.
  Status copy_to(const std::string& dir);

  /// Closes and opens again, tables included: after a failed commit made LMDB refuse to go on (needs_reopen()).
  Status reopen();
  bool needs_reopen() const { return needs_reopen_; }

  /// Frees the reader slots of processes that died. Also done at open and every few thousand write transactions.
  void check_readers() const;

  EnvInfo info() const;
  const std::string& dir() const { return options_.dir; }

 private:
  friend class ReadTxn;
  friend class WriteTxn;
  explicit Env(EnvOptions options) : options_(std::move(options)) {}
  Status open_handle();
  Status open_tables_again();
  Status grow_to(uint64_t bytes);
  Status adopt_map() const;
  void map_anew() const;
  Result<MDB_txn*> begin(unsigned flags) const;
  Result<Table> find_table(const std::string& name);

  const EnvOptions options_;
  MDB_env* env_ = nullptr;
  std::vector<std::string> table_names_;  // in the order they were opened, to open them again
  mutable MapGate gate_;
  std::mutex write_mutex_;  // taken before gate_; LMDB's own comes after both
  uint64_t writes_ = 0;     // guarded by write_mutex_
  mutable std::atomic<unsigned> begun_ = 0;
  mutable std::atomic<bool> needs_reopen_ = false;
};

}  // namespace hookswitch::lmdb
