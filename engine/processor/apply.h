// Carries out what an evaluation came to: the only place where effects become rows.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "engine/log/record.h"
#include "engine/processor/evaluation.h"
#include "engine/providers/sources.h"
#include "engine/state/actions.h"
#include "engine/state/local_time.h"
#include "engine/state/shares.h"
#include "engine/state/store.h"

namespace hookswitch {

/// What an event changed, for the feed behind /stream.
struct Changed {
  std::string call;  // "" when it was about none
  bool transcript = false;
  std::vector<std::string> activities;
  std::vector<std::string> kpis;
};

class Applier {  // [processor]
 public:
  Applier(const Sources& sources, const Directory& directory) : sources_(sources), directory_(directory) {}

  /// An event of which a rule asked for what nobody can carry out fails as one whose rule failed: for all who tell what
  /// becomes of an event, before they do. Reads only.
  void check(const RecordView& record, Evaluation& evaluation) const;

  /// Errors: invalid, of what check() would have found; then nothing was written. Else those of a row that cannot be
  /// read.
  Result<Changed> apply(Writer& writer, const RecordView& record, const Event& event, const Evaluation& evaluation);

 private:
  Status put_call_rows(Writer& writer, const Event& event, const Evaluation& evaluation, Changed& changed);
  Status put_shares(Writer& writer, const Event& event, const Evaluation& evaluation, Changed& changed);
  Status put_loose(Writer& writer, const RecordView& record, const Evaluation& evaluation, std::vector<Action> actions,
                   bool doubtful);
  Result<std::vector<Action>> asked_actions(const RecordView& record, const Evaluation& evaluation,
                                            bool doubtful) const;
  Result<Action> asked_action(const RecordView& record, const Effect& effect, const Evaluation& evaluation) const;
  Status choose_source(Action& action, const std::string& wanted, const RecordView& record,
                       const Evaluation& evaluation) const;
  void put_task_wish(Writer& writer, const RecordView& record, const Effect& effect, const Evaluation& evaluation,
                     bool doubtful);
  const LocalZone& zone(const std::string& name);

  const Sources& sources_;
  const Directory& directory_;
  std::unordered_map<std::string, LocalZone> zones_;
};

}  // namespace hookswitch
