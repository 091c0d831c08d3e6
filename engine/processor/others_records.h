// Which records that mention a person are about somebody else: the number goes from them and all else stays, so that a
// rebuild makes of them what they made. Asked when the person's own calls and actions are gone from the state.
#pragma once

#include <set>
#include <string>

#include "engine/base/json.h"
#include "engine/log/record.h"
#include "engine/processor/decode.h"
#include "engine/processor/facts.h"
#include "engine/state/store.h"

namespace hookswitch {

class OthersRecords {
 public:
  OthersRecords(const Reader& reader, const Decoder& decoder) : reader_(reader), decoder_(decoder) {}

  /// A delivery or an import whose every event is about a call that is there, what came of an action that is there, a
  /// person's wish for a call that is there. A body in a file counts as none of these.
  bool have(const RecordView& record);

  /// Rows of the actions that are there and that it made.
  Json actions_of(const RecordView& record) const;

  /// Our ids of the calls that such deliveries and imports were about.
  const std::set<std::string>& calls() const { return calls_; }

 private:
  bool has_action(std::string_view id) const;
  bool is_about_calls(const RecordView& record);
  std::string call_of(const Event& event);

  const Reader& reader_;
  const Decoder& decoder_;
  FactReader facts_;
  std::set<std::string> calls_;
};

}  // namespace hookswitch
