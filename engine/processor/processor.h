// Reads the log from the saved position and turns records into state: decode, recognize duplicates, link to a call,
// merge facts, run rules, apply effects; everything of a batch, with the new position, in one transaction.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/limits.h"
#include "engine/log/log.h"
#include "engine/processor/answers.h"
#include "engine/processor/decode.h"
#include "engine/processor/directory.h"
#include "engine/processor/handler.h"
#include "engine/processor/process_metrics.h"
#include "engine/processor/timer_chain.h"
#include "engine/processor/trace_keeper.h"
#include "engine/rules/rule_set.h"
#include "engine/state/store.h"
#include "engine/state/timers.h"

namespace hookswitch {

struct ProcessorStatus {
  uint64_t position = 0;         // last processed sequence
  int64_t position_time_ms = 0;  // its arrival
  std::string rules_version;
  std::string stopped;  // why processing cannot go on now (disk full, ...); "" when it does
};

class Processor {
 public:
  struct Parts {
    Log& log;
    Store& store;
    const Decoder& decoder;
    const Directory& directory;
    Answers& answers;
    ProcessMetrics& metrics;
    const Clock& clock;
    std::function<void(uint64_t position)> on_commit = {};  // [processor] state up to here can be seen now
    int64_t remember_ms = 0;                                // how long ids of deliveries are remembered; 0: for ever
    uint64_t keep_traces = limits::kTracesKept;             // events whose run is kept as it was; 0: none
    /// [processor] Whether there is to be such a source: one whose plugin is not loaded is waited for, a while. Unset:
    /// none is.
    std::function<bool(std::string_view)> configured = {};
  };

  Processor(Parts parts, std::unique_ptr<RuleSet> rules);
  ~Processor();  // stop()

  void start();
  /// Ends after the batch under way is committed.
  void stop();

  /// What start() has a thread do, for whoever gives the engine its turns: begin() once, then step() again and again. A
  /// step takes new rules, fires what is due and processes one batch; false when there was none, or it failed.
  void begin();
  bool step();

  /// [any] Rules to use from the next batch on; no event is handled half by each.
  void adopt(std::unique_ptr<RuleSet> rules);

  /// [any] Runs on the processor's thread between two batches, with the rules in force: for traces.
  using Task = std::move_only_function<void(const Reader&, RecordHandler&, RuleSet&)>;
  void post(Task task);

  /// [any] The record of a timer that sets itself without end, perhaps by way of others; 0: there is none.
  uint64_t endless_timer() const { return chain_.endless(parts_.clock.now_ms()); }

  /// [any]
  ProcessorStatus status() const;
  std::vector<RuleInfo> rules() const;

 private:
  struct Batch {
    uint64_t position = 0;
    int64_t time_ms = 0;
    size_t records = 0;
    std::vector<Outcome> outcomes;   // offered after the commit
    std::vector<std::string> fired;  // timers whose records it has
  };

  void run();
  void swap_rules();
  void note_rules(Writer& writer);
  void run_tasks();
  int64_t fire_timers();
  int64_t early(const Timer& timer);
  bool run_batch();
  Status write_batch();
  Status process_batch(Writer& writer);
  bool must_wait(const RecordView& record) const;
  void sweep(Writer& writer);
  void complain(const Error& error);

  Parts parts_;
  // [processor]
  Elapsed elapsed_{parts_.clock};
  RecordHandler handler_;
  TraceKeeper traces_;
  TimerChain chain_;
  std::unique_ptr<RuleSet> rules_;
  bool rules_noted_ = false;  // the state says from where on they rule
  Batch batch_;
  std::set<std::string> fired_;  // timers appended and not processed yet
  std::string sweep_cursor_;
  uint64_t position_ = 0;
  uint64_t caught_up_to_ = 0;  // the log's end at the start
  int64_t complained_us_ = 0;
  int64_t began_us_ = 0;  // since when plugins that are not loaded are waited for

  mutable std::mutex mutex_;  // guards what follows
  std::unique_ptr<RuleSet> next_rules_;
  std::vector<Task> tasks_;
  std::vector<RuleInfo> rule_infos_;
  ProcessorStatus status_;

  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace hookswitch
