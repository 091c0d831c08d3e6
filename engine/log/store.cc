#include "engine/log/store.h"

#include "engine/base/bytes.h"

namespace hookswitch {

namespace {

// In a process that reads a long past beside the engine: a few megabytes of it are mapped at a time.
constexpr unsigned kTransactionsMapped = 8;

constexpr uint64_t kMapBytesMaxDefault = 1ULL << 40;
constexpr unsigned kTables = 8;
constexpr std::string_view kFormatKey = "format";
constexpr std::string_view kProcessedKey = "processed";
constexpr std::string_view kTryKey = "try";
constexpr size_t kTryBytes = 256 * 1024;

}  // namespace

Result<bool> GroupReader::checked(Result<bool> moved) {
  if (!moved || !*moved) return moved;
  const auto key = decode_group_key(cursor_.key());
  if (!key) return fail(Code::corrupt, "read a group's key: found {} bytes, expected 12", cursor_.key().size());
  key_ = *key;
  return true;
}

Result<bool> GroupReader::seek(uint64_t seq) {
  auto found = checked(cursor_.seek_at_most(encode_group_key({seq, UINT32_MAX})));
  if (!found || *found) return found;
  return first();
}

Result<std::unique_ptr<LogStore>> LogStore::open(const std::string& dir, uint64_t map_bytes_max,
                                                 std::shared_ptr<const Keys> keys) {
  std::unique_ptr<LogStore> store(new LogStore());
  store->keys_ = std::move(keys);
  lmdb::EnvOptions options;
  options.dir = dir;
  options.map_bytes_max = map_bytes_max > 0 ? map_bytes_max : kMapBytesMaxDefault;
  if (auto opened = store->open_tables(std::move(options)); !opened) return std::unexpected(opened.error());
  if (auto made = store->make_version(); !made) return std::unexpected(made.error());
  if (auto ok = store->check_version(); !ok) return std::unexpected(ok.error());
  if (auto ok = store->check_keys(); !ok) return std::unexpected(ok.error());
  if (auto ok = store->note_newest_key(); !ok) return std::unexpected(ok.error());
  return store;
}

Result<std::unique_ptr<LogStore>> LogStore::open_to_read(const std::string& dir, std::shared_ptr<const Keys> keys) {
  std::unique_ptr<LogStore> store(new LogStore());
  store->keys_ = std::move(keys);
  lmdb::EnvOptions options;
  options.dir = dir;
  options.read_only = true;
  options.remap_after = kTransactionsMapped;
  if (auto opened = store->open_tables(std::move(options)); !opened) return std::unexpected(opened.error());
  if (auto ok = store->check_version(); !ok) return std::unexpected(ok.error());
  return store;
}

Status LogStore::open_tables(lmdb::EnvOptions options) {
  options.tables_max = kTables;
  auto env = lmdb::Env::open(std::move(options));
  if (!env) return std::unexpected(env.error());
  env_ = std::move(*env);
  const std::pair<const char*, lmdb::Table*> tables[] = {{"meta", &meta_}, {"groups", &groups_}, {"blobs", &blobs_}};
  for (const auto& [name, table] : tables) {
    auto opened = env_->open_table(name);
    if (!opened) return std::unexpected(opened.error());
    *table = *opened;
  }
  return {};
}

Status LogStore::make_version() {
  return env_->write([this](lmdb::WriteTxn& txn) -> Status {
    auto found = txn.get(meta_, kFormatKey);
    if (!found) return std::unexpected(found.error());
    if (*found) return {};
    std::string version;
    put_le(version, kFormatVersion);
    return txn.put(meta_, kFormatKey, version);
  });
}

Status LogStore::check_version() const {
  auto txn = env_->read();
  if (!txn) return std::unexpected(txn.error());
  auto found = txn->get(meta_, kFormatKey);
  if (!found) return std::unexpected(found.error());
  const uint32_t version = *found ? ByteReader(**found).le<uint32_t>() : 0;
  if (version == kFormatVersion) return {};
  return fail(Code::conflict, "open the log in {}: found format version {}, this program reads and writes version {}",
              env_->dir(), version, kFormatVersion);
}

Status LogStore::note_processed() {
  return env_->write([this](lmdb::WriteTxn& txn) { return txn.put(meta_, kProcessedKey, "1"); });
}

Result<bool> LogStore::was_processed() const {
  auto txn = env_->read();
  if (!txn) return std::unexpected(txn.error());
  auto found = txn->get(meta_, kProcessedKey);
  return found ? Result<bool>(found->has_value()) : std::unexpected(found.error());
}

Status LogStore::append(uint64_t first_seq, std::span<const EncodedRecord> records) {
  const size_t bytes = group_bytes(records);
  const std::string key = encode_group_key({first_seq, static_cast<uint32_t>(records.size())});
  return env_->write([&](lmdb::WriteTxn& txn) -> Status {
    auto place = txn.reserve_append(groups_, key, bytes);
    if (!place) return std::unexpected(place.error());
    encode_group(*place, first_seq, records);
    return note_blobs(txn, first_seq, records);
  });
}

Status LogStore::note_blobs(lmdb::WriteTxn& txn, uint64_t first_seq, std::span<const EncodedRecord> records) {
  for (size_t i = 0; i < records.size(); ++i) {
    if (records[i].blob.empty()) continue;
    std::string newest;
    put_le<uint64_t>(newest, first_seq + i);
    if (auto put = txn.put(blobs_, records[i].blob, newest); !put) return put;
  }
  return {};
}

Status LogStore::put_groups(std::span<const RawGroup> groups) {
  return env_->write([&](lmdb::WriteTxn& txn) -> Status {
    for (const RawGroup& group : groups) {
      if (auto put = txn.put_append(groups_, encode_group_key(group.key), group.value); !put) return put;
      const GroupView view(group.key, group.value);
      if (auto noted = note_keys(txn, view); !noted) return noted;
      if (!view.has_blobs()) continue;
      if (auto noted = note_blobs(txn, view); !noted) return noted;
    }
    return {};
  });
}

/// A record that is damaged names nothing.
Status LogStore::note_blobs(lmdb::WriteTxn& txn, const GroupView& group) {
  for (uint32_t i = 0; i < group.key().count; ++i) {
    const auto record = group.record(i);
    if (!record || record->blob.empty()) continue;
    std::string newest;
    put_le<uint64_t>(newest, record->seq);
    if (auto put = txn.put(blobs_, record->blob, newest); !put) return put;
  }
  return {};
}

Result<bool> LogStore::names_blob(std::string_view blob) const {
  auto txn = env_->read();
  if (!txn) return std::unexpected(txn.error());
  auto newest = txn->get(blobs_, blob);
  if (!newest) return std::unexpected(newest.error());
  return newest->has_value();
}

Status LogStore::try_commit() {
  const std::string room(kTryBytes, '\0');
  auto put = env_->write([&](lmdb::WriteTxn& txn) { return txn.put(meta_, kTryKey, room); });
  if (!put) return put;
  return env_->write([this](lmdb::WriteTxn& txn) -> Status {
    auto gone = txn.del(meta_, kTryKey);
    return gone ? Status() : std::unexpected(gone.error());
  });
}

Result<GroupReader> LogStore::reader() const {
  auto txn = env_->read();
  if (!txn) return std::unexpected(txn.error());
  auto cursor = txn->cursor(groups_);
  if (!cursor) return std::unexpected(cursor.error());
  return GroupReader(std::move(*txn), std::move(*cursor));
}

Result<LogEnd> LogStore::verified_end() {
  auto found = end();
  if (found || !env_->needs_reopen()) return found;
  if (auto opened = env_->reopen(); !opened) return std::unexpected(opened.error());
  return end();
}

Result<LogEnd> LogStore::end() const {
  auto groups = reader();
  if (!groups) return std::unexpected(groups.error());
  LogEnd out;
  auto found = groups->last();
  if (!found) return std::unexpected(found.error());
  // A damaged newest group was acknowledged all the same: its key still says where the log ends. Only its time is then
  // looked for in older groups.
  if (*found) out.next_seq = groups->key().end();
  for (; found && *found; found = groups->prev()) {
    if (const auto time = groups->group().last_time_ms()) {
      out.last_time_ms = *time;
      break;
    }
  }
  return out;
}

}  // namespace hookswitch
