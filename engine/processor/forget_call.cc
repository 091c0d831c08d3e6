#include "engine/processor/forget_call.h"

#include "engine/base/json.h"
#include "engine/state/activity.h"
#include "engine/state/calls.h"
#include "engine/state/changes.h"
#include "engine/state/recordings.h"
#include "engine/state/shares.h"
#include "engine/state/transcripts.h"

namespace hookswitch {

Result<ForgottenCall> forget_call(Writer& writer, const std::string& call_id) {
  ForgottenCall gone;
  auto shares = load_shares(writer, call_id);
  if (!shares) return std::unexpected(shares.error());
  for (const Share& share : *shares) {
    for (const std::string& activity : share.activities) gone.activities += remove_activity(writer, activity) ? 1 : 0;
  }
  store_shares(writer, call_id, {});
  gone.transcript = find_transcript(writer, call_id).has_value();
  remove_transcript(writer, call_id);
  gone.recording = remove_recording(writer, call_id);
  auto removed = remove_call(writer, call_id);
  if (!removed) return std::unexpected(removed.error());
  gone.call = *removed;
  append_change(writer, dump(Json{{"calls", {call_id}}}));
  return gone;
}

}  // namespace hookswitch
