// Is what lies in data/ whole? Walks the log, the state and the blobs, and names what is not, without changing anything
// and also beside a running engine.
//
// Pages come first (pages.h): where a page is damaged nothing further is read through LMDB, which might not survive it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_set>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/base/json.h"
#include "engine/log/blobs.h"
#include "engine/log/log.h"

namespace hookswitch {

class Store;

struct Finding {
  std::string where;  // "log", "state" or "blobs"
  std::string table;  // of the state, "" when it is none's
  std::string place;  // "record 12", "page 7", "key ..."
  std::string what;

  Json to_json() const { return {{"where", where}, {"table", table}, {"place", place}, {"what", what}}; }
  std::string text() const;
};

struct FsckSummary {
  uint64_t pages = 0, records = 0, blobs = 0, rows = 0;
  uint64_t first_seq = 0, last_seq = 0, position = 0;
  uint64_t log_findings = 0, state_findings = 0, blob_findings = 0;
  bool log_older = false;     // than the state, which no rebuild mends
  bool log_other_format = false, state_other_format = false;  // another version's: nothing is damaged by that
  uint64_t keys_missing = 0;  // of the findings: what cannot be opened, for its key is not configured
  uint64_t findings() const { return log_findings + state_findings + blob_findings; }
};

class Fsck {  // [one thread]
 public:
  struct Parts {
    std::string data_dir;
    const Clock& clock;
    /// Opens the log and what its records name, with the keys that are configured; called once the log's pages are
    /// sound.
    std::function<Result<std::unique_ptr<const Log>>()> open_log;
    const Blobs& blobs;
    std::shared_ptr<const Keys> keys = {};  // of the state's rows
    bool quick = false;                     // blobs are looked for, not read
  };

  Fsck(Parts parts, std::function<void(const Finding&)> found) : parts_(std::move(parts)), found_(std::move(found)) {}

  /// Errors only when the looking failed (io, denied): what is wrong with the data is found, not an error.
  Result<FsckSummary> run();

 private:
  Result<bool> pages_fit(const std::string& where);
  Status look_at_log();
  Status look_at_groups();
  bool has_blob(const std::string& name) const;
  void look_at_blob(const std::string& whose, const std::string& name, uint64_t bytes);
  void look_at_recordings(const Store& store);
  void look_at_recording(const Store& store, const std::string& call);
  Status look_at_state();
  void find(Finding finding);
  /// The same with an error as what was found.
  void find_error(Finding finding, const Error& error);

  const Parts parts_;
  const std::function<void(const Finding&)> found_;
  FsckSummary summary_;
  bool log_readable_ = false;             // its pages are sound
  LogStats log_stats_;                    // once it is open; else of an empty one
  std::unordered_set<size_t> looked_at_;  // blobs, by a hash of their names
};

/// Looks at every page of the store in this directory, which nobody writes to. Error: corrupt, with the first finding.
Status check_store(const std::string& dir);

/// The same of one that an engine may write to.
Status check_store_beside(const std::string& dir);

/// What an engine looks at when it starts: of log and state the branches and some leaves, so that it takes no longer
/// the larger they are; more after a crash, which damage may have caused. Error: corrupt, with what to do about it.
Status check_at_start(const std::string& data_dir);

}  // namespace hookswitch
