// Erasing: a group is written again with less in it.
#include <deque>

#include "engine/base/bytes.h"
#include "engine/log/store.h"
#include "engine/sealing/keys.h"

namespace hookswitch {
namespace {

constexpr std::string_view kRewrittenKey = "rewritten";

/// Records as they will lie in a group, and the bytes of those that are made anew.
class NewGroup {
 public:
  explicit NewGroup(const Keys* keys) : keys_(keys) {}

  Status add(const NewRecord& record) {
    std::string sealed;
    if (keys_ != nullptr && !record.erased) {
      if (auto done = seal_record(*keys_, record, sealed); !done) return done;
    }
    std::string& bytes = made_.emplace_back(encoded_bytes(record, !sealed.empty()), '\0');
    encode_record(bytes.data(), record, sealed);
    records_.push_back({bytes, record.time_ms, {}});
    if (!record.blob.empty()) records_.back().blob = records_.back().bytes.substr(bytes.size() - record.blob.size());
    return {};
  }

  void keep(std::string_view bytes, const RecordView& record) {
    records_.push_back({bytes, record.time_ms, record.blob});
  }

  std::string value(uint64_t first_seq) const {
    std::string out(group_bytes(records_), '\0');
    encode_group(out.data(), first_seq, records_);
    return out;
  }

 private:
  const Keys* keys_;
  std::deque<std::string> made_;
  std::vector<EncodedRecord> records_;
};

/// Nobody can read it, and what it says may be what is to be erased.
NewRecord damaged_record() { return erased_record(RecordView{}); }

Result<std::string> changed_group(const GroupView& group, const std::map<uint64_t, NewRecord>& changed,
                                  const Keys* keys) {
  NewGroup out(keys);
  int64_t time_ms = 0;
  for (uint32_t i = 0; i < group.key().count; ++i) {
    const auto record = group.record(i);
    const auto bytes = group.record_bytes(i);
    if (record) time_ms = record->time_ms;
    const auto found = changed.find(group.key().first + i);
    if (record && bytes && found == changed.end()) {
      out.keep(*bytes, *record);
      continue;
    }
    NewRecord left = found == changed.end() ? damaged_record() : found->second;
    left.time_ms = time_ms;
    if (auto added = out.add(left); !added) return std::unexpected(added.error());
  }
  return out.value(group.key().first);
}

}  // namespace

Result<bool> LogStore::rewrite(const GroupKey& key, const std::map<uint64_t, NewRecord>& changed,
                               std::vector<std::string>& blobs) {
  const std::string group_key = encode_group_key(key);
  bool there = false;
  std::vector<std::string> unnamed;
  auto written = env_->write([&](lmdb::WriteTxn& txn) -> Status {
    unnamed.clear();  // a full map runs this again
    auto before = txn.get(groups_, group_key);
    if (!before) return std::unexpected(before.error());
    there = before->has_value();
    if (!there) return {};
    const std::string bytes(**before);  // what lies in the map dies with the first change
    const GroupView group(key, bytes);
    auto value = changed_group(group, changed, keys_.get());
    if (!value) return std::unexpected(value.error());
    for (const auto& [seq, left] : changed) {
      const auto record = group.record(static_cast<uint32_t>(seq - key.first));
      if (!record || record->blob.empty() || record->blob == left.blob) continue;
      if (auto forgot = forget_blob(txn, *record, unnamed); !forgot) return forgot;
    }
    if (auto noted = txn.put(meta_, kRewrittenKey, random_bytes(sizeof(uint64_t))); !noted) return noted;
    return txn.put(groups_, group_key, *value);
  });
  if (!written) return std::unexpected(written.error());
  blobs.insert(blobs.end(), unnamed.begin(), unnamed.end());
  return there;
}

Result<uint64_t> LogStore::rewritten() const {
  auto txn = env_->read();
  if (!txn) return std::unexpected(txn.error());
  auto found = txn->get(meta_, kRewrittenKey);
  if (!found) return std::unexpected(found.error());
  return *found && (*found)->size() == sizeof(uint64_t) ? get_le<uint64_t>((*found)->data()) : 0;
}

Status LogStore::note_rewritten(uint64_t rewritten) {
  std::string row;
  put_le(row, rewritten);
  return env_->write([&](lmdb::WriteTxn& txn) { return txn.put(meta_, kRewrittenKey, row); });
}

}  // namespace hookswitch
