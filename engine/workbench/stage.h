// The engine's core without its threads, clock and network: records go in one after another, timers fire in virtual
// time, and a store holds what they made. Rule tests, replays and rebuilds stand on it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "engine/processor/handler.h"
#include "engine/state/batch_writer.h"
#include "engine/state/notes.h"
#include "engine/state/timers.h"

namespace hookswitch {

/// Many records share one write transaction; call commit() before reading the store. When the store has no room left it
/// grows, and what was not committed is done again. After an error nothing since the last commit has happened, and the
/// next call goes on from there. [one thread]
class Stage {
 public:
  enum class Timers {
    fire,      // as soon as a record's time, or advance(), reaches them; timer records of a log are passed over
    from_log,  // only timer records fire them: the state becomes what the log says it was
  };

  struct Parts {
    const Log& log;  // where a redriven dead letter's record is read again
    const Decoder& decoder;
    const Directory& directory;
    Store& store;
    ProcessMetrics& metrics;
    TableSet unread = {};     // tables of the store that nobody will read: they are not written
    int64_t remember_ms = 0;  // how long ids of deliveries are remembered, in the records' own time; 0: for ever
  };

  /// `observer` hears of each event once, also when it had to be done again.
  Stage(Parts parts, Timers timers, RecordHandler::Observer observer = {});

  /// The record's sequence becomes the position. `rules` must live until the next commit().
  Status handle(const RecordView& record, RuleSet& rules);
  /// The same for a record that was decoded already: for those who run two sets of rules. `notes`, when given, become
  /// what it read and wrote.
  Status handle(const RecordView& record, const Result<std::vector<Event>>& events, RuleSet& rules,
                Notes* notes = nullptr);
  /// Does what `notes` say, and nothing when handling the record here would read something else, or `agrees` says that
  /// `rules` would not do the same: whether it did. The observer hears nothing.
  Result<bool> repeat(const RecordView& record, const Notes& notes, RuleSet& rules,
                      const std::function<bool(const Reader&)>& agrees);
  /// A record whose bytes do not pass their checksum becomes a dead letter.
  Status pass_over(uint64_t seq, const Error& error);

  /// Fires what is due until then, earliest first, timers set by timers included. Nothing with Timers::from_log.
  Status advance(int64_t now_ms, RuleSet& rules);

  /// Makes everything so far visible to Store::read().
  Status commit();

  /// The answers of the last call: to the record, and to what fired before it.
  const std::vector<Outcome>& outcomes() const { return outcomes_; }

  /// The last record handled, whether committed or not.
  uint64_t position() const { return position_; }

  /// The sequence that events of a fired timer have, for want of a record: the same for equal key, time and who set it.
  static uint64_t timer_seq(const Timer& timer);

 private:
  using Step = std::function<Status(Writer&)>;

  Status run(const Step& first, Step again, size_t bytes);
  Status run_record(const RecordView& record, RuleSet& rules, const Step& first);
  Status do_record(Writer& writer, const RecordView& record, const Result<std::vector<Event>>* events, RuleSet& rules);
  void pass(const RecordView& record);
  Status redo(const Step* last);
  Status ready();
  Status undo(Status why);
  void drop_writers();
  void end_transaction();
  Status fire_due(Writer& writer, int64_t now_ms, RuleSet& rules);
  void sweep();
  void heard(const RecordView& record, const Event& event, const Evaluation& evaluation);

  const Parts parts_;
  const Timers timers_;
  const RecordHandler::Observer observer_;
  RecordHandler handler_;
  std::unique_ptr<Writer> store_writer_;  // null between commits, like the next
  std::unique_ptr<BatchWriter> writer_;   // over it
  std::vector<Step> steps_;               // of this transaction, to do again when the store had to grow
  size_t bytes_ = 0;                      // of the records in steps_
  std::vector<Outcome> outcomes_;
  uint64_t position_ = 0;
  uint64_t committed_position_ = 0;
  int64_t time_ms_ = 0;        // of the newest record
  size_t events_heard_ = 0;    // since the last commit
  size_t events_to_skip_ = 0;  // heard before the store had to grow
  std::string sweep_cursor_;
};

}  // namespace hookswitch
