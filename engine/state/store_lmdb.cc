// The state in an LMDB environment: the only file here that knows.
#include <array>
#include <atomic>
#include <utility>

#include "engine/base/bytes.h"
#include "engine/lmdb/env.h"
#include "engine/lmdb/txn.h"
#include "engine/state/row_seal.h"
#include "engine/state/store.h"

namespace hookswitch {
namespace {

constexpr uint32_t kFormat = 3;
constexpr std::string_view kSealing = "sealing";
constexpr size_t kTables = static_cast<size_t>(Table::count_);
constexpr std::array<const char*, kTables> kTableNames{
    "meta",      "calls",    "call_ids",      "call_index", "transcripts", "kpis",     "shares",
    "activity",  "contacts", "agents",        "timers",     "actions",     "tasks",    "suppressions",
    "campaigns", "syncs",    "recordings",    "commands",   "dead",        "seen",     "memory",
    "tokens",    "changes",  "rule_versions", "traces",     "audit",       "erasures", "erasure_names"};

using Handles = std::array<lmdb::Table, kTables>;

// Remembers the first failure, because reads and puts return none.
class Sticky {
 public:
  void note(const Error& error) const {
    if (status_) status_ = std::unexpected(error);
  }
  const Status& status() const { return status_; }

 private:
  mutable Status status_;
};

// A key that no row can have, for ids come from outside: asking for it is no failure.
bool possible(std::string_view key) { return !key.empty() && key.size() <= lmdb::kKeyBytesMax; }

template <class Txn>
std::optional<std::string_view> get_row(const Txn& txn, lmdb::Table table, std::string_view key, const Sticky& sticky) {
  if (!sticky.status() || !possible(key)) return std::nullopt;
  auto found = txn.get(table, key);
  if (found) return *found;
  sticky.note(found.error());
  return std::nullopt;
}

template <class Txn>
Status scan_rows(const Txn& txn, lmdb::Table table, std::string_view from, Direction direction, RowVisitor visit) {
  auto cursor = txn.cursor(table);
  if (!cursor) return std::unexpected(cursor.error());
  bool forward = direction == Direction::forward;
  auto found = from.empty() ? (forward ? cursor->first() : cursor->last())
                            : (forward ? cursor->seek_at_least(from) : cursor->seek_at_most(from));
  while (found && *found && visit(cursor->key(), cursor->value())) found = forward ? cursor->next() : cursor->prev();
  if (!found) return std::unexpected(found.error());
  return {};
}

// What Reader promises, over either kind of transaction.
template <class Base, class Txn>
class Reading : public Base {
 public:
  /// `seal` is null when rows are in clear.
  Reading(Txn txn, const Handles& tables, const RowSeal* seal) : txn_(std::move(txn)), tables_(tables), seal_(seal) {}

  std::optional<std::string_view> get(Table table, std::string_view key) const override {
    auto row = get_row(txn_, handle(table), key, sticky_);
    if (!row || seal_ == nullptr || !seal_->is_sealed(*row)) return row;
    auto opened = seal_->open(table, key, *row);
    if (opened) return opened_.keep(std::move(*opened));
    sticky_.note(opened.error());
    return std::nullopt;
  }

  void scan(Table table, std::string_view from, Direction direction, RowVisitor visit) const override {
    if (!sticky_.status()) return;
    auto visit_open = [&](std::string_view key, std::string_view value) {
      if (seal_ == nullptr || !seal_->is_sealed(value)) return visit(key, value);
      auto opened = seal_->open(table, key, value);
      if (opened) return visit(key, *opened);
      sticky_.note(opened.error());
      return false;
    };
    note(scan_rows(txn_, handle(table), from, direction, visit_open));
  }

  std::string private_text(std::string_view text) const override {
    return seal_ == nullptr ? std::string(text) : seal_->private_text(text);
  }

  uint64_t count(Table table) const override {
    auto stat = txn_.stat(handle(table));
    if (!stat) sticky_.note(stat.error());
    return stat ? stat->entries : 0;
  }

  Status status() const override { return sticky_.status(); }

 protected:
  lmdb::Table handle(Table table) const { return tables_[static_cast<size_t>(table)]; }
  void note(const Status& status) const {
    if (!status) sticky_.note(status.error());
  }

  Txn txn_;
  const Handles& tables_;
  const RowSeal* seal_;
  Sticky sticky_;
  mutable OpenedRows opened_;  // reading may have to open rows; those seen do not change by it
};

using LmdbReader = Reading<Reader, lmdb::ReadTxn>;

class LmdbWriter final : public Reading<Writer, lmdb::WriteTxn> {
 public:
  using Committed = std::move_only_function<void()>;
  LmdbWriter(lmdb::WriteTxn txn, const Handles& tables, const RowSeal* seal, Committed committed)
      : Reading(std::move(txn), tables, seal), committed_(std::move(committed)) {}

  void put(Table table, std::string_view key, std::string_view value) override {
    if (!sticky_.status()) return;
    note(seals(table, value) ? txn_.put(handle(table), key, seal_->seal(table, key, value))
                             : txn_.put(handle(table), key, value));
  }

  void append(Table table, std::string_view key, std::string_view value) override {
    if (!sticky_.status()) return;
    note(seals(table, value) ? txn_.put_append(handle(table), key, seal_->seal(table, key, value))
                             : txn_.put_append(handle(table), key, value));
  }

  bool del(Table table, std::string_view key) override {
    if (!sticky_.status() || !possible(key)) return false;
    auto found = txn_.del(handle(table), key);
    if (!found) sticky_.note(found.error());
    return found.value_or(false);
  }

  Status commit() override {
    if (!sticky_.status()) return sticky_.status();
    note(txn_.commit());
    if (sticky_.status()) committed_();
    return sticky_.status();
  }

  bool out_of_room() const override { return txn_.map_full(); }

 private:
  bool seals(Table table, std::string_view value) const { return seal_ != nullptr && RowSeal::seals(table, value); }

  Committed committed_;
};

class LmdbStore final : public Store {
 public:
  LmdbStore(std::unique_ptr<lmdb::Env> env, const Clock& clock, std::shared_ptr<const Keys> keys, bool older = false)
      : env_(std::move(env)), clock_(clock), keys_(std::move(keys)), older_(older) {}

  Status prepare(bool only_to_read);
  Result<std::unique_ptr<Reader>> read() const override;
  Status write(const std::function<Status(Writer&)>& fn) override;
  Result<std::unique_ptr<Writer>> begin_write() override;
  Status grow() override;
  Status durable_sync() override { return env_->sync(); }
  Status copy_to(const std::string& dir) override { return env_->copy_to(dir); }
  StoreStats stats() const override;

 private:
  Status check_format(Writer& writer);
  Status check_to_read();
  Status check_found_format(std::string_view row);
  const RowSeal* seal() const { return seal_ ? &*seal_ : nullptr; }
  Status open_seal();
  Status prepare_seal(Writer& writer);

  std::unique_ptr<lmdb::Env> env_;
  const Clock& clock_;
  const std::shared_ptr<const Keys> keys_;
  const bool older_;
  std::optional<RowSeal> seal_;
  Handles tables_;
  int64_t made_at_ms_ = 0;
  std::atomic<uint64_t> commits_ = 0;
  std::atomic<uint64_t> commit_us_ = 0;
  std::atomic<uint64_t> grown_ = 0;
};

Status LmdbStore::prepare(bool only_to_read) {
  for (size_t i = 0; i < kTables; ++i) {
    auto table = env_->open_table(kTableNames[i]);
    if (!table) return std::unexpected(table.error());
    tables_[i] = *table;
    if (static_cast<Table>(i) != Table::meta) continue;
    // Before anything else is made in what another version may have written.
    auto known = only_to_read ? check_to_read() : write([this](Writer& writer) { return check_format(writer); });
    if (!known) return known;
  }
  return only_to_read ? open_seal() : write([this](Writer& writer) { return prepare_seal(writer); });
}

Status LmdbStore::open_seal() {
  auto reader = read();
  if (!reader) return std::unexpected(reader.error());
  auto row = (*reader)->get(Table::meta, kSealing);
  if (!row) return {};
  auto seal = keys_ ? RowSeal::read(*row, keys_.get()) : RowSeal::locked(*row);
  if (!seal) return std::unexpected(seal.error());
  seal_ = std::move(*seal);
  return {};
}

Status LmdbStore::prepare_seal(Writer& writer) {
  auto row = writer.get(Table::meta, kSealing);
  if (!row && !keys_) return {};
  const bool outdated = !row || (keys_ && RowSeal::is_outdated(*row, *keys_));
  auto seal = row ? RowSeal::read(*row, keys_.get()) : RowSeal::make(RowSeal::may_hide_keys(writer));
  if (!seal) return std::unexpected(seal.error());
  if (outdated) writer.put(Table::meta, kSealing, seal->row(*keys_));
  seal_ = std::move(*seal);
  return {};
}

Status LmdbStore::check_to_read() {
  auto reader = read();
  if (!reader) return std::unexpected(reader.error());
  auto row = (*reader)->get(Table::meta, "format");
  return check_found_format(row.value_or(""));
}

// Row "format": u32 version, i64 when the state was made.
Status LmdbStore::check_format(Writer& writer) {
  auto row = writer.get(Table::meta, "format");
  if (!row) {
    std::string made;
    put_le(made, kFormat);
    put_le(made, made_at_ms_ = clock_.now_ms());
    writer.put(Table::meta, "format", made);
    return {};
  }
  return check_found_format(*row);
}

Status LmdbStore::check_found_format(std::string_view row) {
  ByteReader in(row);
  const auto version = in.le<uint32_t>();
  if (version > kFormat)
    return fail(Code::conflict,
                "open the state in {}: found format version {}, expected {}; a newer version of this program wrote it, "
                "and goes on with it",
                env_->dir(), version, kFormat);
  if (version != kFormat && !(older_ && version >= 1 && version < kFormat)) {
    return fail(Code::conflict,
                "open the state in {}: found format version {}, expected {}; `hookswitch rebuild` makes it anew from "
                "the log",
                env_->dir(), version, kFormat);
  }
  made_at_ms_ = in.le<int64_t>();
  return {};
}

Result<std::unique_ptr<Reader>> LmdbStore::read() const {
  {
    auto txn = env_->read();
    if (txn) return std::make_unique<LmdbReader>(std::move(*txn), tables_, seal());
    if (!env_->needs_reopen()) return std::unexpected(txn.error());
  }
  // A write failed half-way, and nobody may write again for a while: whoever reads has to be served all the same.
  if (auto reopened = env_->reopen(); !reopened) return std::unexpected(reopened.error());
  auto txn = env_->read();
  if (!txn) return std::unexpected(txn.error());
  return std::make_unique<LmdbReader>(std::move(*txn), tables_, seal());
}

Result<std::unique_ptr<Writer>> LmdbStore::begin_write() {
  if (env_->needs_reopen()) {
    if (auto reopened = env_->reopen(); !reopened) return std::unexpected(reopened.error());
  }
  auto txn = env_->begin_write();
  if (!txn) return std::unexpected(txn.error());
  int64_t begun_us = clock_.steady_us();
  return std::make_unique<LmdbWriter>(std::move(*txn), tables_, seal(), [this, begun_us] {
    ++commits_;
    commit_us_ += static_cast<uint64_t>(clock_.steady_us() - begun_us);
  });
}

Status LmdbStore::write(const std::function<Status(Writer&)>& fn) {
  while (true) {
    auto writer = begin_write();
    if (!writer) return std::unexpected(writer.error());
    Status done = fn(**writer);
    if (done) done = (*writer)->commit();
    if (done || !(*writer)->out_of_room()) return done;
    writer->reset();
    if (auto grown = grow(); !grown) return grown;
  }
}

Status LmdbStore::grow() {
  ++grown_;
  return env_->grow();
}

StoreStats LmdbStore::stats() const {
  lmdb::EnvInfo info = env_->info();
  return {commits_, commit_us_, grown_, info.file_bytes, info.used_bytes, made_at_ms_};
}

}  // namespace

const char* name(Table table) { return kTableNames[static_cast<size_t>(table)]; }

// A scratch store is written in few large transactions, beside an engine that wants the memory.
constexpr unsigned kScratchMapped = 1;

Result<std::unique_ptr<Store>> Store::open(StoreOptions options, const Clock& clock) {
  lmdb::EnvOptions env_options{.dir = options.dir,
                               .map_bytes_initial = options.map_bytes_initial,
                               .map_bytes_max = options.map_bytes_max,
                               .sync_meta = false,
                               .sync = !options.scratch,
                               .remap_after = options.scratch ? kScratchMapped : 0};
  auto env = lmdb::Env::open(std::move(env_options));
  if (!env) return std::unexpected(env.error());
  auto store = std::make_unique<LmdbStore>(std::move(*env), clock, std::move(options.keys), options.older);
  if (auto ready = store->prepare(false); !ready) return std::unexpected(ready.error());
  return store;
}

Result<std::unique_ptr<Store>> Store::open_to_read(const std::string& dir, const Clock& clock,
                                                   std::shared_ptr<const Keys> keys) {
  auto env = lmdb::Env::open({.dir = dir, .read_only = true});
  if (!env) return std::unexpected(env.error());
  auto store = std::make_unique<LmdbStore>(std::move(*env), clock, std::move(keys));
  if (auto ready = store->prepare(true); !ready) return std::unexpected(ready.error());
  return store;
}

}  // namespace hookswitch
