// Growing the map and opening again: what is done to an environment while no transaction is open.
#include <lmdb.h>

#include <algorithm>

#include "engine/base/check.h"
#include "engine/lmdb/env.h"
#include "engine/lmdb/lmdb_error.h"
#include "engine/lmdb/txn.h"

namespace hookswitch::lmdb {

namespace {

constexpr std::chrono::milliseconds kGateWait{5'000};  // how long to wait for readers to leave

/// Holds the gate shut for as long as it lives; check locked() first.
class ShutGate {
 public:
  explicit ShutGate(MapGate& gate, std::chrono::milliseconds wait = kGateWait)
      : gate_(gate), locked_(gate.lock(wait)) {}
  ~ShutGate() {
    if (locked_) gate_.unlock();
  }
  ShutGate(const ShutGate&) = delete;
  ShutGate& operator=(const ShutGate&) = delete;
  bool locked() const { return locked_; }

 private:
  MapGate& gate_;
  const bool locked_;
};

std::unexpected<Error> readers_stay(std::string_view attempted, const std::string& dir) {
  return fail(Code::unavailable, "{} of {}: read transactions stayed open for {} ms, expected short ones", attempted,
              dir, kGateWait.count());
}

}  // namespace

Status Env::grow() {
  std::lock_guard lock(write_mutex_);
  const uint64_t now = info().map_bytes;
  if (now >= options_.map_bytes_max) {
    return fail(Code::unavailable, "grow the map of {}: found it full at {} bytes, its configured bound", options_.dir,
                now);
  }
  return grow_to(std::min(options_.map_bytes_max, now * 2));
}

Status Env::grow_to(uint64_t bytes) {
  ShutGate gate(gate_);
  if (!gate.locked()) return readers_stay("grow the map", options_.dir);
  const int rc = env_ ? mdb_env_set_mapsize(env_, bytes) : MDB_PANIC;
  if (rc != 0) return lmdb_fail(rc, fmt::format("grow the map of {} to {} bytes", options_.dir, bytes));
  return {};
}

Status Env::adopt_map() const {
  ShutGate gate(gate_);
  if (!gate.locked()) return readers_stay("adopt the map size that another process set", options_.dir);
  const int rc = env_ ? mdb_env_set_mapsize(env_, 0) : MDB_PANIC;
  if (rc != 0) return lmdb_fail(rc, fmt::format("adopt the map size that another process set for {}", options_.dir));
  return {};
}

// Only when nobody is inside: there is another time.
void Env::map_anew() const {
  const uint64_t bytes = info().map_bytes;
  ShutGate gate(gate_, std::chrono::milliseconds(0));
  if (gate.locked() && env_ && mdb_env_set_mapsize(env_, bytes) != 0) needs_reopen_ = true;
}

Status Env::reopen() {
  std::lock_guard lock(write_mutex_);
  ShutGate gate(gate_);
  if (!gate.locked()) return readers_stay("open again after a failed write", options_.dir);
  if (env_) mdb_env_close(env_);
  env_ = nullptr;
  if (auto opened = open_handle(); !opened) return opened;
  if (auto tables = open_tables_again(); !tables) {
    mdb_env_close(env_);
    env_ = nullptr;
    return tables;
  }
  needs_reopen_ = false;
  return {};
}

/// LMDB hands out table handles in the order of opening, so every Table that is around stays valid.
Status Env::open_tables_again() {
  if (table_names_.empty()) return {};
  MDB_txn* txn = nullptr;
  if (const int rc = mdb_txn_begin(env_, nullptr, 0, &txn)) return lmdb_fail(rc, "begin opening the tables again");
  for (const auto& name : table_names_) {
    unsigned handle = 0;
    if (const int rc = mdb_dbi_open(txn, name.c_str(), 0, &handle)) {
      mdb_txn_abort(txn);
      return lmdb_fail(rc, fmt::format("open table {} of {} again", name, options_.dir));
    }
    const unsigned first = 2;  // LMDB keeps 0 and 1 for itself
    ENSURE(handle == first + (&name - table_names_.data()), "table {} got handle {}", name, handle);
  }
  if (const int rc = mdb_txn_commit(txn)) return lmdb_fail(rc, "finish opening the tables again");
  return {};
}

}  // namespace hookswitch::lmdb
