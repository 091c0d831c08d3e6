// A record becomes events: a delivery through its source's plugin, a timer by itself.
#pragma once

#include <vector>

#include "engine/base/error.h"
#include "engine/log/blobs.h"
#include "engine/log/record.h"
#include "engine/providers/sources.h"
#include "engine/rules/event.h"
#include "engine/state/timers.h"

namespace hookswitch {

class Decoder {
 public:
  Decoder(const Sources& sources, const Blobs& blobs) : sources_(sources), blobs_(blobs) {}

  const Sources& sources() const { return sources_; }

  /// Zero or more events of a delivery, import or timer record. Commands and results are none of these. The error is the
  /// reason for a dead letter: invalid (the plugin cannot read it), not_found (no such source now), too_large, corrupt.
  Result<std::vector<Event>> decode(const RecordView& record) const;

  /// What the provider answers when no rule said anything.
  RenderedReply default_reply(const RecordView& record) const;

  /// What a rule said, in the provider's protocol.
  Result<RenderedReply> render(const Event& event, std::string_view reply) const;

 private:
  Result<std::vector<Event>> decode_delivery(const RecordView& record) const;

  const Sources& sources_;
  const Blobs& blobs_;
};

/// A due timer's record: headers ":name", ":key", ":due" (ms) and, where that is known, ":set", the sequence of the
/// record that set it; the body is the event's data.
NewRecord timer_record(const Timer& timer);

}  // namespace hookswitch
