// One of the two rule sets of a replay: the state it makes, and what it said that no state shows.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/workbench/stage.h"

namespace hookswitch {

/// What rules made of one event, when there is more to it than its effects: an answer, a failure, a timer that fired.
struct Heard {
  uint64_t seq = 0;
  uint32_t index = 0;
  std::string type;
  std::string call;   // our id as known then, "" when about none
  std::string timer;  // "<name> <key> at <due>" when it is a timer that fired
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
  };

  /// Makes its state in `dir`, which its owner throws away.
  static Result<std::unique_ptr<ReplaySide>> open(const std::string& dir, const Parts& parts, RuleSet& rules);

  Status handle(const RecordView& record, const Result<std::vector<Event>>& events);
  /// Fires the timers that are due until then.
  Status advance(int64_t now_ms);
  Status commit() { return stage_->commit(); }

  /// Of the last handle() or advance().
  const std::vector<Heard>& heard() const { return heard_; }
  const Store& store() const { return *store_; }

 private:
  explicit ReplaySide(RuleSet& rules) : rules_(rules) {}
  void hear(const Event& event, const Evaluation& evaluation);

  RuleSet& rules_;
  Metrics metrics_;
  ProcessMetrics process_metrics_{metrics_};
  std::unique_ptr<Store> store_;
  std::unique_ptr<Stage> stage_;
  std::vector<Heard> heard_;
};

}  // namespace hookswitch
