// The state made anew from the log, by the rules as they are now, to take the place of the present one.
//
// The engine must be stopped. Records are handled in the order of the log, and timers fire where the log says that they
// fired, so the same rules make the same state, row by row. A rebuild that was interrupted goes on where it was: its
// position is in it, and beside it a plan, the rules and configuration it is made by; with another plan it begins anew.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/state/position.h"
#include "engine/workbench/carried.h"
#include "engine/workbench/stage.h"

namespace hookswitch {

struct RebuildSummary {
  uint64_t records = 0;       // handled by this run
  uint64_t resumed_from = 0;  // the position at which it went on; 0: from the beginning
  uint64_t corrupt = 0;       // records that could not be read: dead letters, as they were
  uint64_t dead = 0;          // dead letters in the new state
  uint64_t calls = 0;
  bool feed_restarted = false;        // the change feed differs: who follows it is told to fetch everything again
  std::vector<std::string> warnings;  // what could not be carried over, or is not as it was: a sentence each
  bool stopped = false;               // by `go_on`: the next run goes on from here
};

class Rebuild {  // [one thread]
 public:
  struct Parts {
    const Log& log;
    const Decoder& decoder;
    const Directory& directory;
    RuleSet& rules;
    const Clock& clock;
    std::string data_dir;                   // the caller holds its LOCK
    std::string made_by;                    // whatever else decides the result, beside the rules; for the plan
    uint64_t map_bytes_max = 0;             // of the new state; 0: the store's own bound
    std::shared_ptr<const Keys> keys = {};  // what the state is sealed with; null: nothing
    int64_t remember_ms = 0;                // how long ids of deliveries are remembered; 0: for ever
    /// Of a log that was trimmed or lost its end what is left, with what of the present state people would miss:
    /// carried.h. Without it such a log is refused, since calls and key figures of the lost past would be gone; and so
    /// is ever after a state that was made without its log's end.
    bool partial = false;
    /// A present state that cannot be read is done without: what only it knows is lost. Not needed where its pages are
    /// damaged and the log is whole.
    bool without_state = false;
    const Blobs* blobs = nullptr;  // where large bodies are; null: not looked at
    std::string set_aside;         // where a present state that cannot be read is moved to; "": it is removed
  };

  /// How many records are behind and how many there are; return false to stop.
  using GoOn = std::function<bool(uint64_t done, uint64_t of)>;

  explicit Rebuild(Parts parts) : parts_(std::move(parts)) {}

  /// Makes the state and puts it in place. Errors: conflict for a log that is trimmed or older than the present
  /// state, whatever keeps the present state from being read (denied, another format, a missing key), io, unavailable
  /// (disk full); the present state is then as it was.
  Result<RebuildSummary> run(const GoOn& go_on = {});

 private:
  Status check_old();
  Status check_log();
  Status check_not_trimmed() const;
  Status open_new();
  Status open_store();
  bool log_goes_on_from(uint64_t seq) const;
  Result<std::optional<int64_t>> first_time_ms() const;
  Status take_over();
  Status take_over_people(const Reader& old);
  Status read_log(const GoOn& go_on);
  Status hold_again(Stage& stage, const RestoredAt& at);
  Status keep_known(Stage& stage);
  Status read_until(Stage& stage, uint64_t end, const GoOn& go_on);
  Status check_body(const RecordView& record) const;
  Status read_some(Stage& stage, uint64_t& next, uint64_t end);
  Status finish();
  Status keep_open(const Reader& old);
  Status keep_marks(const Reader& old);
  Status keep_partial(const Reader& old);
  Status keep_attempts(const Reader& old);
  void warn_of_carried(const CarriedOpen& carried);
  void warn_of_lost(const OpenBefore& before);
  Status hold_back_new(const Reader* old);
  Status carry_deeds(const Reader& old);
  Status carry_versions_until(const Reader& old, uint64_t last_seq);
  Status go_on_with_feed(const Reader* old);
  Result<std::unique_ptr<Store>> try_old() const;
  Result<std::unique_ptr<Store>> open_old() const;
  Status put_in_place();

  const Parts parts_;
  std::unique_ptr<Store> store_;          // the new one
  std::vector<RestoredAt> restores_;      // when backups were put back, the oldest first
  std::optional<uint64_t> old_position_;  // of the present state; nullopt: there is none that can be read
  bool unread_ = false;                   // there is a present state, and it cannot be read
  bool tail_lost_ = false;                // it has processed records that the log does not have any more
  RebuildSummary summary_;
};

}  // namespace hookswitch
