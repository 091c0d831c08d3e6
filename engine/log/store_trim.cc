// Trimming: the oldest groups go, and with them the blobs that only they named.
#include <algorithm>

#include "engine/base/bytes.h"
#include "engine/base/limits.h"
#include "engine/log/store.h"

namespace hookswitch {

namespace {

/// Whether the group is beyond what is to be kept. One that tells no time has no record left that can be read, so
/// nothing is lost with it.
bool beyond(const TrimLimits& limits, const GroupView& group, uint64_t table_bytes) {
  if (limits.bytes && table_bytes > *limits.bytes) return true;
  if (!limits.before_ms) return false;
  const auto last = group.last_time_ms();
  return !last || *last < *limits.before_ms;
}

}  // namespace

Result<Trimmed> LogStore::trim(const TrimLimits& trim_limits) {
  Trimmed out;
  auto done = env_->write([&](lmdb::WriteTxn& txn) {
    out = {};  // a full map runs this again
    return trim_groups(txn, trim_limits, out);
  });
  if (!done) return std::unexpected(done.error());
  return out;
}

Status LogStore::trim_groups(lmdb::WriteTxn& txn, const TrimLimits& trim_limits, Trimmed& out) {
  auto stat = txn.stat(groups_);
  if (!stat) return std::unexpected(stat.error());
  auto cursor = txn.cursor(groups_);
  if (!cursor) return std::unexpected(cursor.error());
  uint64_t bytes = stat->bytes;
  uint64_t left = stat->entries;
  auto found = cursor->first();
  for (; found && *found && left > 1; found = cursor->next(), --left) {
    const auto key = decode_group_key(cursor->key());
    if (!key) return fail(Code::corrupt, "trim: found a group's key of {} bytes, expected 12", cursor->key().size());
    const GroupView group(*key, cursor->value());
    if (key->end() > trim_limits.keep_from || !beyond(trim_limits, group, bytes)) return {};
    if (out.groups == limits::kTrimGroupsPerStep) {
      out.more = true;
      return {};
    }
    bytes -= std::min<uint64_t>(bytes, cursor->value().size());
    if (group.has_blobs()) {
      if (auto forgot = forget_blobs(txn, group, out.blobs); !forgot) return forgot;
    }
    if (auto removed = cursor->del(); !removed) return removed;
    ++out.groups;
  }
  if (!found) return std::unexpected(found.error());
  return {};
}

Status LogStore::forget_blobs(lmdb::WriteTxn& txn, const GroupView& group, std::vector<std::string>& unnamed) {
  for (uint32_t i = 0; i < group.key().count; ++i) {
    const auto record = group.record(i);
    if (!record || record->blob.empty()) continue;
    if (auto forgot = forget_blob(txn, *record, unnamed); !forgot) return forgot;
  }
  return {};
}

Status LogStore::forget_blob(lmdb::WriteTxn& txn, const RecordView& record, std::vector<std::string>& unnamed) {
  const std::string name(record.blob);
  auto newest = txn.get(blobs_, name);
  if (!newest) return std::unexpected(newest.error());
  // The same body may have arrived again since: then the later record still needs the file.
  if (!*newest || ByteReader(**newest).le<uint64_t>() > record.seq) return {};
  if (auto removed = txn.del(blobs_, name); !removed) return std::unexpected(removed.error());
  unnamed.push_back(name);
  return {};
}

}  // namespace hookswitch
