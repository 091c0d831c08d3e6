// What one event comes to, computed without writing anything: which call it is about, what the rules want. apply()
// carries it out; a trace only shows it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/processor/directory.h"
#include "engine/processor/facts.h"
#include "engine/rules/effects.h"
#include "engine/rules/event.h"
#include "engine/rules/rule_set.h"
#include "engine/state/call.h"
#include "engine/state/store.h"

namespace hookswitch {

/// What one rule did, with the effects it asked for: for metrics and traces.
struct RuleTrace {
  std::string rule;
  uint64_t steps = 0;
  uint64_t memory_bytes = 0;
  int64_t us = 0;
  size_t effects_end = 0;  // its effects are those up to here, from the previous rule's end
};

struct Evaluation {
  Tenancy tenancy;
  bool about_call = false;
  Call call;  // as it will be, when about_call
  bool call_is_new = false;
  std::optional<uint64_t> stored_mark;                   // see Linked
  std::vector<std::string> absorbed;                     // ids of rows that turned out to be this call
  std::vector<std::pair<std::string, std::string>> ids;  // the provider's ids of the call that the event names
  std::optional<Turns> turns;                            // the event's transcript
  Effects effects;
  std::vector<RuleTrace> runs;
  std::optional<Json> reply;                  // the last one a rule gave
  std::vector<std::string> whole_call_rules;  // rules with per = "call" that ran: their earlier shares are replaced
  std::optional<std::string> failure;         // why the event must become a dead letter
  std::string failed_rule;
};

/// What rules said of the same event where all that they read was equal, and which of those that are asked now would
/// say it again: these do not run.
struct Precedent {
  const Effects& effects;
  std::function<bool(const RuleInfo&)> holds;
};

/// The tenant that an event's agent, numbers and source speak for, the agent first; "" when none of them does. Its call
/// may be another's.
std::string tenant_of_event(const Reader& reader, const Directory& directory, const Event& event,
                            const EventData& data);

class Evaluator {
 public:
  explicit Evaluator(const Directory& directory) : directory_(directory) {}

  /// [processor] `arrived_ms` is the record's. Never fails: a failure is in the evaluation.
  Evaluation evaluate(const Reader& reader, const Event& event, int64_t arrived_ms, RuleSet& rules,
                      const Precedent* precedent = nullptr);

 private:
  void find_tenant(const Reader& reader, const Event& event, const EventData& data, Evaluation& out);

  const Directory& directory_;
  FactReader facts_;
};

}  // namespace hookswitch
