// The log's tables: appending a group, finding groups, trimming the oldest. Knows LMDB, but no threads and no queue.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/error.h"
#include "engine/lmdb/txn.h"
#include "engine/log/format.h"

namespace hookswitch {

/// Walks groups in order, in one read transaction: everything it shows stays valid until it is gone.
class GroupReader {
 public:
  /// Moves return whether there is a group there.
  /// To the group that holds `seq`, or to the oldest one when `seq` was trimmed.
  Result<bool> seek(uint64_t seq);
  Result<bool> first() { return checked(cursor_.first()); }
  Result<bool> last() { return checked(cursor_.last()); }
  Result<bool> next() { return checked(cursor_.next()); }
  Result<bool> prev() { return checked(cursor_.prev()); }

  const GroupKey& key() const { return key_; }
  GroupView group() const { return GroupView(key_, cursor_.value()); }

 private:
  friend class LogStore;
  GroupReader(lmdb::ReadTxn txn, lmdb::Cursor cursor) : txn_(std::move(txn)), cursor_(std::move(cursor)) {}
  Result<bool> checked(Result<bool> moved);

  lmdb::ReadTxn txn_;  // outlives the cursor
  lmdb::Cursor cursor_;
  GroupKey key_;
};

/// Where the log ends.
struct LogEnd {
  uint64_t next_seq = 1;
  int64_t last_time_ms = INT64_MIN;
};

struct TrimLimits {
  uint64_t keep_from = 1;            // nothing at or after it goes
  std::optional<int64_t> before_ms;  // groups whose last record is older go
  std::optional<uint64_t> bytes;     // the oldest go while the groups take more
};

struct Trimmed {
  uint64_t groups = 0;
  bool more = false;               // the step's bound ended it, not the limits
  std::vector<std::string> blobs;  // no record names them any more
};

class LogStore {
 public:
  /// Errors: io, corrupt, conflict when the directory holds another format version,
  /// and when a record is sealed with a key that is not among `keys`.
  static Result<std::unique_ptr<LogStore>> open(const std::string& dir, uint64_t map_bytes_max,
                                                std::shared_ptr<const Keys> keys = nullptr);
  /// Only to read, also beside the process that appends. Errors besides: not_found when there is no log.
  static Result<std::unique_ptr<LogStore>> open_to_read(const std::string& dir,
                                                        std::shared_ptr<const Keys> keys = nullptr);

  /// Appends the records as one group and syncs. One writer at a time.
  Status append(uint64_t first_seq, std::span<const EncodedRecord> records);

  /// Groups of another log, as they lie there, into an empty log or behind its newest group: for restoring a copy.
  struct RawGroup {
    GroupKey key;
    std::string value;
  };
  Status put_groups(std::span<const RawGroup> groups);

  Result<GroupReader> reader() const;

  /// The end as its keys tell it.
  Result<LogEnd> end() const;
  /// The end, with every record of the newest group checked. Opens the environment again when LMDB asks for it.
  Result<LogEnd> verified_end();

  /// One step: at most limits::kTrimGroupsPerStep groups, and never the newest.
  Result<Trimmed> trim(const TrimLimits& trim_limits);

  /// Writes the group anew with other records in the place of some; blobs that no record names any more are added to
  /// `blobs`. Nothing happens when the group was trimmed meanwhile. Whether it was there.
  Result<bool> rewrite(const GroupKey& key, const std::map<uint64_t, NewRecord>& changed,
                       std::vector<std::string>& blobs);
  /// A number that is another one after each rewrite(), 0 before the first: who copied groups sees by it whether they
  /// still are as they were.
  Result<uint64_t> rewritten() const;
  Status note_rewritten(uint64_t rewritten);

  /// Whether a record names this blob.
  Result<bool> names_blob(std::string_view blob) const;
  /// Whether a group of some size could be committed now: one is, outside the log, and removed again.
  Status try_commit();

  /// conflict when records are sealed with a key that is not there. Those who copy records need none.
  Status check_keys() const;
  /// With which keys its records are sealed, and the sequence from which on each does not (all ones: in use). For
  /// copies.
  using SealingKeys = std::vector<std::pair<uint64_t, uint64_t>>;
  Result<SealingKeys> sealing_keys() const;
  Status note_sealing_keys(const SealingKeys& keys);
  /// That a state has processed records of it, so that a state that has processed none is known for one that was lost.
  Status note_processed();
  Result<bool> was_processed() const;
  /// What opens its records, null when nothing does.
  const Keys* keys() const { return keys_.get(); }

  lmdb::EnvInfo info() const { return env_->info(); }

 private:
  LogStore() = default;
  Status open_tables(lmdb::EnvOptions options);
  Status make_version();
  Status check_version() const;
  Status note_blobs(lmdb::WriteTxn& txn, uint64_t first_seq, std::span<const EncodedRecord> records);
  Status note_blobs(lmdb::WriteTxn& txn, const GroupView& group);
  Status trim_groups(lmdb::WriteTxn& txn, const TrimLimits& trim_limits, Trimmed& out);
  Status forget_blob(lmdb::WriteTxn& txn, const RecordView& record, std::vector<std::string>& unnamed);
  Status forget_blobs(lmdb::WriteTxn& txn, const GroupView& group, std::vector<std::string>& unnamed);

  // store_keys.cc
  Status note_keys(lmdb::WriteTxn& txn, const GroupView& group);
  Status note_newest_key();

  std::shared_ptr<const Keys> keys_;
  std::unique_ptr<lmdb::Env> env_;
  lmdb::Table meta_, groups_, blobs_;
};

}  // namespace hookswitch
