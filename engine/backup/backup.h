// A consistent copy of data/, made while the engine runs or while it does not. Format: manifest.h.
//
// Order makes it consistent. The state is copied first, the log then: whatever the state has processed was committed to
// the log before, so the copied log reaches at least as far. Blobs come last: whatever a copied record names was on
// disk before the record was. A backup into a directory that holds one copies what is new: groups of the log after the
// last one there, blobs that are not there, and the state whole.
//
// What is erased from the log is erased from groups that were copied long ago and from states before it. So a log of
// which something was erased since makes the backup begin anew in its directory: state and log are copied whole, and
// nothing of before is named any more. Was something erased while they were copied, they are copied once more: a state
// and a log with an erasure between them would not fit each other.
//
// Nothing of data/ is changed and the engine is never waited for; refused, failed or killed at any moment, the backup
// that was there is there still, and the next run goes on.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/backup/manifest.h"
#include "engine/base/clock.h"
#include "engine/log/store.h"

namespace hookswitch {

constexpr uint64_t kBackupSegmentBytes = 64ULL << 20;  // of log, then another file is begun
constexpr size_t kBackupStatesKept = 7;                // default: how many copies of the state a backup keeps

struct BackupSummary {
  uint64_t records = 0;  // new in this backup
  uint64_t blobs = 0;    // the same
  uint64_t bytes = 0;    // written
  uint64_t first_seq = 0, last_seq = 0, position = 0;
  bool went_on = false;               // from a run that was interrupted
  std::vector<std::string> warnings;  // a sentence each
};

class Backup {  // [one thread]
 public:
  struct Parts {
    std::string data_dir;
    std::string dest;  // made when missing
    const Clock& clock;
    std::string made_by;
    size_t states_kept = kBackupStatesKept;
    uint64_t segment_bytes = kBackupSegmentBytes;
  };
  using GoOn = std::function<bool(uint64_t done, uint64_t of)>;  // records; return false to stop

  explicit Backup(Parts parts) : parts_(std::move(parts)) {}

  /// Errors: conflict when `dest` holds something else, or the log was trimmed beyond what is there; corrupt; io;
  /// unavailable (the disk is full, or `go_on` said no: the next run goes on).
  Result<BackupSummary> run(const GoOn& go_on = {});

 private:
  struct Named {
    uint64_t seq;
    std::string blob;
    RecordKind kind;
  };

  Status begin();
  Status copy_all(const GoOn& go_on);
  Status check_log() const;
  Result<uint64_t> rewritten() const;
  Status begin_anew(uint64_t rewritten);
  Status copy_state();
  Status copy_log(const GoOn& go_on);
  Status check_same_log(GroupReader& groups) const;
  void look_at(const GroupView& group);
  void warn(std::string what);
  Status end_segment(class SegmentWriter& writer, BackupSegment segment);
  Status copy_blobs();
  Status warn_of_missing();
  Status copy_shard(const std::string& shard, std::string& list, BackupBlobs& out);
  Status copy_blob(const std::string& name, std::string& list, BackupBlobs& out);
  Status copy_rules();
  Status finish();
  void forget_old_states();
  void warn_of_anew();
  std::string free_name(const std::string& stem, const char* end) const;
  Status remove_others(const std::vector<Manifest>& keep) const;
  Status remove_other_blobs() const;
  void remove_unfinished() const;

  const Parts parts_;
  Manifest manifest_;
  BackupSummary summary_;
  std::set<std::string, std::less<>> blobs_;  // that the backup holds
  std::vector<Named> named_;                  // blobs that new records name
  std::optional<uint64_t> before_;            // first record of the backup in whose place this one was begun anew
};

}  // namespace hookswitch
