#include "engine/lmdb/env.h"

#include <fcntl.h>
#include <lmdb.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "engine/base/check.h"
#include "engine/lmdb/lmdb_error.h"
#include "engine/lmdb/txn.h"

namespace hookswitch::lmdb {

namespace {

constexpr unsigned kReaderSlots = 256;             // read transactions open at once, all processes together
constexpr uint64_t kWritesPerReaderCheck = 4'096;  // write transactions between two looks for dead readers
constexpr uint64_t kMapStep = 1ULL << 20;          // map sizes are multiples of it, so of every page size
constexpr uint64_t kFreeMapForCopy = 1ULL << 30;   // free map before a copy begins; see copy_to()

uint64_t round_map(uint64_t bytes) { return std::max(kMapStep, (bytes + kMapStep - 1) / kMapStep * kMapStep); }

/// A new file is only safe once the directory that names it is on disk.
Status sync_path(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return lmdb_fail(errno, fmt::format("open {} to sync it", path));
  const int rc = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  if (rc != 0) return lmdb_fail(rc, fmt::format("sync {}", path));
  return {};
}

Status make_dir(const std::string& dir, bool sync) {
  std::error_code error;
  std::filesystem::create_directories(dir, error);
  if (error) return lmdb_fail(error.value(), fmt::format("make directory {}", dir));
  if (!sync) return {};
  const auto parent = std::filesystem::absolute(dir, error).parent_path().string();
  return sync_path(parent);
}

/// LMDB begins a file with two pages that it does not sync, so a power cut may leave a file that nobody can open. A new
/// one is therefore made beside, and put in its place when it is whole.
Status make_file(const EnvOptions& options) {
  namespace fs = std::filesystem;
  const std::string file = options.dir + "/data.mdb", fresh = options.dir + "/new";
  std::error_code error;
  if (fs::exists(file, error)) return {};
  fs::remove_all(fresh, error);
  if (fs::create_directory(fresh, error); error) return lmdb_fail(error.value(), fmt::format("make {}", fresh));
  MDB_env* env = nullptr;
  int rc = mdb_env_create(&env);
  if (rc == 0) rc = mdb_env_set_mapsize(env, options.map_bytes_initial);
  if (rc == 0) rc = mdb_env_open(env, fresh.c_str(), 0, 0600);
  if (rc == 0) rc = mdb_env_sync(env, 1);
  if (env) mdb_env_close(env);
  if (rc == 0 && ::rename((fresh + "/data.mdb").c_str(), file.c_str()) != 0) rc = errno;
  fs::remove_all(fresh, error);
  if (rc != 0) return lmdb_fail(rc, fmt::format("make the LMDB environment {}", options.dir));
  return {};
}

}  // namespace

Result<std::unique_ptr<Env>> Env::open(EnvOptions options) {
  options.map_bytes_max = round_map(options.map_bytes_max);
  options.map_bytes_initial = std::min(round_map(options.map_bytes_initial), options.map_bytes_max);
  if (!options.read_only) {
    if (auto made = make_dir(options.dir, options.sync); !made) return std::unexpected(made.error());
  }
  if (!options.read_only && options.sync) {
    if (auto made = make_file(options); !made) return std::unexpected(made.error());
  }
  std::unique_ptr<Env> env(new Env(std::move(options)));
  if (auto opened = env->open_handle(); !opened) return std::unexpected(opened.error());
  if (!env->options_.sync || env->options_.read_only) return env;
  if (auto synced = sync_path(env->dir()); !synced) return std::unexpected(synced.error());
  return env;
}

Env::~Env() {
  if (env_) mdb_env_close(env_);
}

Status Env::open_handle() {
  const std::string attempted = fmt::format("open the LMDB environment {}", options_.dir);
  MDB_env* env = nullptr;
  if (const int rc = mdb_env_create(&env)) return lmdb_fail(rc, attempted);
  // NOTLS: a read transaction belongs to its object, not to its thread. NORDAHEAD: the store is larger than memory.
  const unsigned flags = MDB_NOTLS | MDB_NORDAHEAD | (options_.sync_meta ? 0u : MDB_NOMETASYNC) |
                         (options_.sync ? 0u : MDB_NOSYNC) | (options_.read_only ? MDB_RDONLY : 0u);
  int rc = mdb_env_set_maxdbs(env, options_.tables_max);
  if (rc == 0) rc = mdb_env_set_maxreaders(env, kReaderSlots);
  if (rc == 0) rc = mdb_env_set_mapsize(env, options_.map_bytes_initial);
  if (rc == 0) rc = mdb_env_open(env, options_.dir.c_str(), flags, 0600);
  if (rc != 0) {
    mdb_env_close(env);
    return lmdb_fail(rc, attempted);
  }
  env_ = env;
  check_readers();
  return {};
}

Result<Table> Env::open_table(const std::string& name) {
  if (options_.read_only) return find_table(name);
  Table table;
  auto opened = write([&](WriteTxn& txn) -> Status {
    if (const int rc = mdb_dbi_open(txn.core_->txn, name.c_str(), MDB_CREATE, &table.handle)) {
      txn.core_->map_full = rc == MDB_MAP_FULL;
      return lmdb_fail(rc, fmt::format("open table {} of {}", name, options_.dir));
    }
    return {};
  });
  if (!opened) return std::unexpected(opened.error());
  std::lock_guard lock(write_mutex_);
  if (std::ranges::find(table_names_, name) == table_names_.end()) table_names_.push_back(name);
  return table;
}

Result<Table> Env::find_table(const std::string& name) {
  auto txn = begin(MDB_RDONLY);
  if (!txn) return std::unexpected(txn.error());
  Table table;
  int rc = mdb_dbi_open(*txn, name.c_str(), 0, &table.handle);
  if (rc != 0) mdb_txn_abort(*txn);
  if (rc == 0) rc = mdb_txn_commit(*txn);  // a handle lives on only when its transaction does not end as undone
  gate_.leave();
  if (rc != 0) return lmdb_fail(rc, fmt::format("open table {} of {}", name, options_.dir));
  return table;
}

Result<MDB_txn*> Env::begin(unsigned flags) const {
  const std::string_view attempted = flags & MDB_RDONLY ? "begin a read transaction" : "begin a write transaction";
  if (options_.remap_after != 0 && ++begun_ % options_.remap_after == 0) map_anew();
  for (int attempt = 0;; ++attempt) {
    gate_.enter();
    MDB_txn* txn = nullptr;
    const int rc = env_ ? mdb_txn_begin(env_, nullptr, flags, &txn) : MDB_PANIC;
    if (rc == 0) return txn;
    if (rc == MDB_READERS_FULL && attempt == 0) check_readers();
    gate_.leave();
    if (rc == MDB_PANIC) needs_reopen_ = true;
    const bool again = attempt == 0 && (rc == MDB_READERS_FULL || (rc == MDB_MAP_RESIZED && adopt_map().has_value()));
    if (!again) return lmdb_fail(rc, fmt::format("{} in {}", attempted, options_.dir));
  }
}

Result<ReadTxn> Env::read() const {
  auto txn = begin(MDB_RDONLY);
  if (!txn) return std::unexpected(txn.error());
  return ReadTxn(std::unique_ptr<TxnCore>(new TxnCore{*txn}), gate_);
}

Result<WriteTxn> Env::begin_write() {
  std::unique_lock lock(write_mutex_);
  if (++writes_ % kWritesPerReaderCheck == 0) check_readers();
  auto txn = begin(0);
  if (!txn) return std::unexpected(txn.error());
  return WriteTxn(std::unique_ptr<TxnCore>(new TxnCore{*txn}), *this, std::move(lock));
}

Status Env::write(const std::function<Status(WriteTxn&)>& fn) {
  for (;;) {
    bool full = false;
    {
      auto txn = begin_write();
      if (!txn) return std::unexpected(txn.error());
      Status status = fn(*txn);
      if (status && !txn->map_full()) status = txn->commit();
      full = txn->map_full();
      if (!full) return status;
    }
    if (auto grown = grow(); !grown) return grown;
  }
}

Status Env::sync() {
  gate_.enter();
  const int rc = env_ ? mdb_env_sync(env_, 1) : MDB_PANIC;
  gate_.leave();
  if (rc != 0) return lmdb_fail(rc, fmt::format("sync {}", options_.dir));
  return {};
}

Status Env::copy_to(const std::string& dir) {
  // The copy is one long read transaction, and the map cannot grow while it runs: so make it large enough before.
  const EnvInfo now = info();
  const uint64_t wanted = std::min(options_.map_bytes_max, now.used_bytes + std::max(kFreeMapForCopy, now.used_bytes));
  if (now.map_bytes < wanted) {
    std::lock_guard lock(write_mutex_);
    if (auto grown = grow_to(wanted); !grown) return grown;
  }
  gate_.enter();
  const int rc = env_ ? mdb_env_copy2(env_, dir.c_str(), MDB_CP_COMPACT) : MDB_PANIC;
  gate_.leave();
  if (rc != 0) return lmdb_fail(rc, fmt::format("copy {} to {}", options_.dir, dir));
  if (auto synced = sync_path(dir + "/data.mdb"); !synced) return synced;
  return sync_path(dir);
}

void Env::check_readers() const {
  int dead = 0;
  if (env_) mdb_reader_check(env_, &dead);  // a failure changes nothing: the slots stay taken, and are looked at again
}

EnvInfo Env::info() const {
  EnvInfo out;
  gate_.enter();
  MDB_envinfo info{};
  MDB_stat stat{};
  mdb_filehandle_t fd = -1;
  struct stat file{};
  if (env_ && mdb_env_info(env_, &info) == 0 && mdb_env_stat(env_, &stat) == 0 && mdb_env_get_fd(env_, &fd) == 0 &&
      ::fstat(fd, &file) == 0) {
    out.page_bytes = stat.ms_psize;
    out.map_bytes = info.me_mapsize;
    out.used_bytes = (info.me_last_pgno + 1) * out.page_bytes;
    out.file_bytes = static_cast<uint64_t>(file.st_size);
  }
  gate_.leave();
  return out;
}

}  // namespace hookswitch::lmdb
