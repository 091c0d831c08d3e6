// Two rule sets over the same logged past: each makes a state of its own, and what differs between the two is told per
// call. Nothing is sent and nothing of the engine's changes, so this runs beside a live one.
//
// A record is decoded once and handled twice, but where the other rules come to the same on equal rows, what the first
// side wrote is repeated on the second: of the rules only those are asked twice that differ. Timers fire in virtual
// time, under each rule set for itself: those that the log says fired are left out, as a timer is part of what differs.
// Both states begin with nothing, and as copies of one: what happened before the range is unknown to both alike.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/workbench/difference_list.h"
#include "engine/workbench/replay_side.h"
#include "engine/workbench/scratch_dir.h"
#include "engine/workbench/state_difference.h"

namespace hookswitch {

/// Which part of the past, and which of its differences.
struct ReplayRange {
  std::optional<int64_t> from_ms;  // records that arrived at or after
  std::optional<int64_t> to_ms;    // records that arrived before; timers due until then fire
  std::string source;              // deliveries of this one only; what people asked for through the API counts always
  std::string tenant;              // tell only what differs for this tenant, or is known to be of a call of its
  std::string call;                // tell only what differs for this call, by any of its ids
};

struct ReplaySummary {
  uint64_t records = 0;            // handled
  uint64_t repeated = 0;           // of these, on which the other rules came to the same, and wrote it as it was
  uint64_t known_from = 0;         // the oldest record that the log still has
  int64_t known_from_ms = 0;       // its arrival
  uint64_t skipped = 0;            // records that could not be read
  std::vector<std::string> skips;  // the first few of them, a sentence each
  uint64_t calls = 0;              // that the range tells of
  uint64_t calls_differ = 0;
  bool others_differ = false;  // something that is about no call
  /// Differences that are not told, as nothing says whether they are the tenant's or the call's that was asked for.
  std::map<Aspect, uint64_t> untold;
  KpiChanges kpis;
  bool stopped = false;  // by `go_on`: all of this is up to there
};

class Replay {  // [one thread]
 public:
  struct Parts {
    const Log& log;
    const Decoder& decoder;
    const Directory& directory;
    RuleSet& before;  // the rules in force
    RuleSet& after;   // the others
    const Clock& clock;
    std::string scratch_parent;             // where a temporary directory may be made
    int64_t remember_ms = 0;                // how long ids of deliveries are remembered; 0: for ever
    std::shared_ptr<const Keys> keys = {};  // what is made on disk is sealed with; null: nothing
  };

  static Result<std::unique_ptr<Replay>> make(const Parts& parts, ReplayRange range);

  /// How many records of the range are behind and how many there are; return false to stop.
  using GoOn = std::function<bool(uint64_t done, uint64_t of)>;
  /// Reads the range, then compares. Errors: those of the temporary stores; not_found for a call that nobody knows.
  Status run(const GoOn& go_on = {});

  const ReplaySummary& summary() const { return summary_; }

  /// Calls with differences in the order of their time, and at last (id "") what is about no call.
  Status each_call(const DifferenceList::Visit& visit) const { return list_->each_call(visit); }
  /// The call as the other rules make it, or else as those in force do.
  std::optional<Call> find_call(const std::string& id) const;

 private:
  /// The records [next, end).
  struct Sequences {
    uint64_t next = 0;
    uint64_t end = 0;
  };

  Replay(const Parts& parts, ReplayRange range, ScratchDir dir);
  Status open();

  // replay.cc: reading
  Result<Sequences> find_range();
  Status read_range(Sequences range, const GoOn& go_on);
  Status read_some(Sequences& range);
  Status step(const RecordView& record);
  Status handle(const RecordView& record, const Result<std::vector<Event>>& events);
  Status on_both(const std::function<Status(ReplaySide&)>& work, const std::string& doing);
  Status tell_heard();
  void skip(uint64_t seq, const std::string& why);

  // replay_compare.cc: comparing
  Status compare();
  Status find_only_call(const TwoStates& states);
  void count_calls(const TwoStates& states, uint64_t only_after);
  std::optional<CallPlace> place(const TwoStates& states, const std::string& call, Difference& difference);
  /// Whether a difference is one that was asked for; nullopt: nothing says so.
  std::optional<bool> of_call(const TwoStates& states, const std::string& id, const Difference& difference) const;
  std::optional<bool> of_tenant(const TwoStates& states, const std::string& id, const Difference& difference) const;
  Status sum_up(const TwoStates& states);

  const Parts parts_;
  const ReplayRange range_;
  const ScratchDir dir_;
  std::unique_ptr<DifferenceList> list_;
  SameRules same_rules_;
  Notes notes_;  // of the record that is handled
  std::unique_ptr<ReplaySide> before_, after_;
  std::string only_call_;  // our id of range_.call
  ReplaySummary summary_;
};

}  // namespace hookswitch
