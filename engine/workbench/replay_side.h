// One of the two rule sets of a replay: the state it makes, and what it said that no state shows.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/workbench/same_rules.h"
#include "engine/workbench/stage.h"

namespace hookswitch {

/// What rules made of one event, when there is more to it than its effects: an answer, a failure, a timer that fired.
struct Heard {
  uint64_t seq = 0;
  uint32_t index = 0;
  std::string type;
  std::string call;    // our id as known then, "" when about none
  std::string tenant;  // "" when unknown
  std::string timer;   // "<name> <key> at <due>" when it is a timer that fired
  Json reply;         // null: none
  bool died = false;
};

class ReplaySide {
 public:
  struct Parts {
    const Log& log;
    const Decoder& decoder;
    const Directory& directory;
    const Clock& clock;
    TableSet unread = {};  // of the state it makes
    int64_t remember_ms = 0;
    std::shared_ptr<const Keys> keys = {};  // what the state is sealed with; null: nothing
    SameRules& same_rules;                  // of both sides
  };

  /// Makes its state in `dir`, which its owner throws away.
  static Result<std::unique_ptr<ReplaySide>> open(const std::string& dir, const Parts& parts, RuleSet& rules);

  /// `notes`, when given, are what the other side may repeat.
  Status handle(const RecordView& record, const Result<std::vector<Event>>& events, Notes* notes = nullptr);
  /// What the other side made of the record just now, when it is what this one would make of it: whether it is.
  Result<bool> repeat(const RecordView& record, const Notes& notes, const ReplaySide& other);
  /// Fires the timers that are due until then.
  Status advance(int64_t now_ms);
  Status commit() { return stage_->commit(); }
  /// The committed state, in a directory that is made.
  Status copy_to(const std::string& dir) const;

  /// Of the last handle() or advance().
  const std::vector<Heard>& heard() const { return heard_; }
  const Store& store() const { return *store_; }

 private:
  ReplaySide(RuleSet& rules, const Parts& parts)
      : rules_(rules), same_rules_(parts.same_rules), evaluator_(parts.directory) {}
  void note(const RecordView& record, const Event& event, const Evaluation& evaluation);
  void hear(const Event& event, const Evaluation& evaluation);

  /// An event whose rules are not the same on both sides, and what they said.
  struct Ran {
    Event event;
    int64_t arrived_ms = 0;
    Effects effects;
    std::vector<std::string> whole_call_rules;
    Call call;  // as they left it
  };
  bool agrees(const Reader& reader, const Ran& ran);

  RuleSet& rules_;
  SameRules& same_rules_;
  Evaluator evaluator_;
  Metrics metrics_;
  ProcessMetrics process_metrics_{metrics_};
  std::unique_ptr<Store> store_;
  std::unique_ptr<Stage> stage_;
  std::vector<Heard> heard_;
  Notes* notes_ = nullptr;   // of the handle() that runs
  std::optional<Ran> ran_;  // in the last handle()
};

}  // namespace hookswitch
