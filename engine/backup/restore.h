// A backup put back: checked first, made ready beside what is there, and put in place in steps that a crash cannot
// leave half done.
//
//   data/restore/{log,state,blobs,rules}   what is being made ready; an engine's start ignores it
//   data/restore/alive                     dated by the last record; becomes data/alive
//   data/restore/ready                     <n>: from here on it is in force, whoever takes data/LOCK puts it in place
//   data/replaced/<n>/                     what was there before, of the n-th restore; only a person removes it
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "engine/backup/manifest.h"

namespace hookswitch {

class Restore {  // [one thread]
 public:
  struct Parts {
    std::string source;
    std::string data_dir;            // the caller holds its LOCK
    std::optional<uint64_t> to_seq;  // the last record; nullopt: all
    bool force = false;              // data that is there is moved to data/replaced
  };
  struct Staged {
    std::string dir;        // a data directory like any other
    uint64_t last_seq = 0;  // of its log
    uint64_t position = 0;  // of its state; the records between are to be processed
    uint64_t records = 0, blobs = 0;
    uint64_t damaged = 0;  // of the records: they cannot be read, as where the backup was made
    int64_t made_ms = 0;       // when the backup was made
    int64_t last_time_ms = 0;  // of the last record
    bool knows_erased = true;  // false: what was erased after it was begun may be in it
  };
  using GoOn = std::function<bool(uint64_t done, uint64_t of)>;  // bytes checked and copied; return false to stop

  explicit Restore(Parts parts) : parts_(std::move(parts)) {}
  Restore(const Restore&) = delete;
  Restore& operator=(const Restore&) = delete;
  /// Removes what was made ready and did not come to be in force: no later restore goes on with it, and it is a copy
  /// of data that somebody may want erased.
  ~Restore();

  /// Checks every file and makes data/restore. Errors: conflict (data is there and not `force`; no copy of the state
  /// reaches that far back, or it is of another format), not_found (no backup), corrupt (a file is not what was written), invalid (to_seq).
  Result<Staged> stage(const GoOn& go_on = {});
  /// Puts it in place. Everything in data/restore must be closed. Returns where what was there is now, "" when there
  /// was nothing.
  Result<std::string> put_in_place();

 private:
  Status check_target() const;
  Status read_lists();
  Result<const BackupState*> choose_state() const;
  Status check(const std::string& file, const FileSum& sum);
  Status restore_log();
  Status restore_state();
  Status check_state_format() const;
  Status restore_blobs();
  Status restore_alive();
  Status advance(uint64_t bytes);

  const Parts parts_;
  GoOn go_on_;
  Manifest manifest_;
  std::vector<BackupBlob> blobs_;
  Staged staged_;
  uint64_t done_bytes_ = 0, all_bytes_ = 0;
};

/// Whether the directory holds a log or a state.
bool holds_data(const std::string& data_dir);

/// Where what is there now may be moved: data/replaced/<n>, which is not there yet.
std::string next_replaced(const std::string& data_dir);

/// Ends a restore that a crash interrupted after it was in force; to be called before a log or state is opened, by
/// whoever holds data/LOCK.
Status settle_restore(const std::string& data_dir);

/// Removes one that was interrupted before it was in force; for whoever holds data/LOCK.
Status drop_unready_restore(const std::string& data_dir);

}  // namespace hookswitch
