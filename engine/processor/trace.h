// One record step by step, for people: as it ran when it was processed. As it would run now: RecordHandler::trace().
#pragma once

#include "engine/base/json.h"
#include "engine/processor/decode.h"
#include "engine/state/store.h"

namespace hookswitch {

/// What any record, also a command, decodes into. A result decodes into nothing: its event, if it made one, depended on
/// the state of then. Asks a plugin, which may take its time, so no transaction should be open meanwhile. [any]
Result<std::vector<Event>> events_of(const RecordView& record, const Decoder& decoder);

/// {"seq", "kind", "source", "time", "as": "then", "rules_version", "rules_from", "events": [...]}, and of a result its
/// own headers as "result"; each event with the rules that handled it, what they asked for and what they took. `events`
/// is what events_of() says of it now. Errors:
/// conflict (not processed yet), not_found (processed, but what the rules did is no longer kept, or never was). [any]
Result<Json> trace_then(const Reader& reader, const RecordView& record, const Result<std::vector<Event>>& events);

}  // namespace hookswitch
