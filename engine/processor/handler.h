// One record of the log becomes state: its events one after another, or the command it is.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/log/log.h"
#include "engine/processor/actions.h"
#include "engine/processor/answers.h"
#include "engine/processor/apply.h"
#include "engine/processor/command.h"
#include "engine/processor/decode.h"
#include "engine/processor/evaluation.h"
#include "engine/processor/process_metrics.h"
#include "engine/state/dead.h"

namespace hookswitch {

/// The answer to somebody who waits for record `seq`: given after the commit.
struct Outcome {
  uint64_t seq = 0;
  Answer answer;
};

/// What makes two deliveries one: the key of state/seen.h.
std::string seen_hash(const Event& event);

class RecordHandler {  // [processor]
 public:
  RecordHandler(const Log& log, const Decoder& decoder, const Directory& directory, ProcessMetrics& metrics)
      : log_(log),
        decoder_(decoder),
        directory_(directory),
        evaluator_(directory),
        applier_(decoder.sources(), directory),
        results_(decoder.sources(), directory),
        metrics_(metrics) {}

  /// Writes what the record means. Whatever is wrong with it becomes a dead letter.
  void handle(Writer& writer, const RecordView& record, RuleSet& rules, std::vector<Outcome>& outcomes);
  /// The same for one that was decoded already.
  void handle(Writer& writer, const RecordView& record, const Result<std::vector<Event>>& events, RuleSet& rules,
              std::vector<Outcome>& outcomes);

  /// Hears of every event that rules ran for, before it is written; duplicates and what could not be decoded are not
  /// heard of.
  using Observer = std::function<void(const RecordView&, const Event&, const Evaluation&)>;
  void observe(Observer observer) { observer_ = std::move(observer); }

  /// A record whose bytes do not pass their checksum.
  void bury_corrupt(Writer& writer, uint64_t seq, const Error& error);

  /// One record step by step as these rules would handle it now; nothing is written. (trace.cc)
  Json trace(const Reader& reader, const RecordView& record, RuleSet& rules);

 private:
  struct Failure {
    std::string reason;
    std::string culprit;  // the rule, or ""
  };

  void handle_event(Writer& writer, const RecordView& record, const Event& event, RuleSet& rules,
                    std::vector<Outcome>& outcomes);
  /// Rules and effects, whether seen before or not. nullopt: done.
  std::optional<Failure> process(Writer& writer, const RecordView& record, const Event& event, RuleSet& rules,
                                 Answer& answer, const Precedent* precedent = nullptr);
  /// The event of the action that `report` names; its index is behind those of all that a record decodes into.
  void handle_witnessed(Writer& writer, const RecordView& record, const Event& report, Event event, RuleSet& rules);
  /// A list told the event before: what its webhook knows beside is added, and of the rules those for whole calls run.
  void complete(Writer& writer, const RecordView& record, const Event& event, RuleSet& rules);
  Result<simdjson::dom::object> data_of(const Event& event);
  Answer answer_to(const RecordView& record, const Event& event, const Evaluation& evaluation);
  void bury(Writer& writer, const RecordView& record, const Event* event, const std::string& reason,
            const std::string& culprit);

  void handle_import(Writer& writer, const RecordView& record, const std::vector<Event>& events, RuleSet& rules,
                     std::vector<Outcome>& outcomes);
  void handle_result(Writer& writer, const RecordView& record, RuleSet& rules, std::vector<Outcome>& outcomes);

  // commands.cc
  void handle_command(Writer& writer, const RecordView& record, RuleSet& rules, std::vector<Outcome>& outcomes);
  Answer carry_out(const CommandContext& context, RuleSet& rules);
  Json redrive(const CommandContext& context, const Json& choice, RuleSet& rules);
  bool redrive_one(Writer& writer, const DeadLetter& letter, RuleSet& rules);
  void redrive_record(Writer& writer, const RecordView& record, const DeadLetter& letter, RuleSet& rules);
  void redrive_event(Writer& writer, const RecordView& record, const DeadLetter& letter, RuleSet& rules);
  Result<Event> event_of(const Reader& reader, const RecordView& record, const DeadLetter& letter) const;

  const Log& log_;
  const Decoder& decoder_;
  const Directory& directory_;
  Evaluator evaluator_;
  Applier applier_;
  ActionResults results_;
  FactReader facts_;
  ProcessMetrics& metrics_;
  Observer observer_;
  int64_t redriven_ms_ = 0;  // while records are done again: the time of the command that says so; else 0
};

}  // namespace hookswitch
