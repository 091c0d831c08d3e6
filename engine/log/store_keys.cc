// With which keys the log's records are sealed: noted in the table `meta`, so that a start without one of them is
// refused at once, and not record by record.
#include <vector>

#include "engine/base/bytes.h"
#include "engine/log/store.h"
#include "engine/log/store_read.h"

namespace hookswitch {
namespace {

constexpr std::string_view kSealedPrefix = "sealed";
constexpr uint64_t kInUse = UINT64_MAX;

struct NotedKey {
  uint64_t id = 0;
  uint64_t end_seq = 0;
};

std::string row_key(uint64_t key_id) {
  std::string key(kSealedPrefix);
  put_le(key, key_id);
  return key;
}

template <class Txn>
Result<std::vector<NotedKey>> noted_keys(const Txn& txn, lmdb::Table meta) {
  std::vector<NotedKey> out;
  auto cursor = txn.cursor(meta);
  if (!cursor) return std::unexpected(cursor.error());
  auto found = cursor->seek_at_least(kSealedPrefix);
  for (; found && *found && cursor->key().starts_with(kSealedPrefix); found = cursor->next()) {
    const std::string_view id = cursor->key().substr(kSealedPrefix.size());
    if (id.size() != 8 || cursor->value().size() != 8)
      return fail(Code::corrupt, "read which keys seal the log: found a row of {} and {} bytes, expected 8 and 8",
                  id.size(), cursor->value().size());
    out.push_back({get_le<uint64_t>(id.data()), get_le<uint64_t>(cursor->value().data())});
  }
  if (!found) return std::unexpected(found.error());
  return out;
}

}  // namespace

Status LogStore::check_keys() const {
  auto txn = env_->read();
  if (!txn) return std::unexpected(txn.error());
  auto noted = noted_keys(*txn, meta_);
  if (!noted) return std::unexpected(noted.error());
  for (const NotedKey& key : *noted) {
    if (keys_ && keys_->has(key.id)) continue;
    return fail(Code::conflict,
                "open the log in {}: found records sealed with the key {}, expected it as encryption.key or among "
                "encryption.retired_keys",
                env_->dir(), key_name(key.id));
  }
  return {};
}

Result<LogStore::SealingKeys> LogStore::sealing_keys() const {
  auto txn = env_->read();
  if (!txn) return std::unexpected(txn.error());
  auto noted = noted_keys(*txn, meta_);
  if (!noted) return std::unexpected(noted.error());
  SealingKeys out;
  for (const NotedKey& key : *noted) out.emplace_back(key.id, key.end_seq);
  return out;
}

Status LogStore::note_sealing_keys(const SealingKeys& keys) {
  return env_->write([&](lmdb::WriteTxn& txn) -> Status {
    for (const auto& [id, end_seq] : keys) {
      std::string row;
      put_le(row, end_seq);
      if (auto noted = txn.put(meta_, row_key(id), row); !noted) return noted;
    }
    return {};
  });
}

/// Of a group that another log was sealed into. One that is damaged tells nothing.
Status LogStore::note_keys(lmdb::WriteTxn& txn, const GroupView& group) {
  std::string in_use;
  put_le(in_use, kInUse);
  uint64_t noted = 0;
  for (uint32_t i = 0; i < group.key().count; ++i) {
    const auto record = group.record(i);
    if (!record || record->sealed.empty() || key_id_of(record->sealed) == noted) continue;
    noted = key_id_of(record->sealed);
    if (auto put = txn.put(meta_, row_key(noted), in_use); !put) return put;
  }
  return {};
}

/// The key that sealed until now is not needed any more once its last record is trimmed.
Status LogStore::note_newest_key() {
  if (!keys_) return {};
  auto log_end = end();
  if (!log_end) return std::unexpected(log_end.error());
  const uint64_t first_seq = first_record(*this).value_or(log_end->next_seq);
  return env_->write([&](lmdb::WriteTxn& txn) -> Status {
    auto noted = noted_keys(txn, meta_);
    if (!noted) return std::unexpected(noted.error());
    for (const NotedKey& key : *noted) {
      if (key.id == keys_->newest()) continue;
      const uint64_t end_seq = key.end_seq == kInUse ? log_end->next_seq : key.end_seq;
      if (end_seq <= first_seq) {
        if (auto gone = txn.del(meta_, row_key(key.id)); !gone) return std::unexpected(gone.error());
        continue;
      }
      std::string row;
      put_le(row, end_seq);
      if (auto noted_end = txn.put(meta_, row_key(key.id), row); !noted_end) return noted_end;
    }
    std::string in_use;
    put_le(in_use, kInUse);
    return txn.put(meta_, row_key(keys_->newest()), in_use);
  });
}

}  // namespace hookswitch
