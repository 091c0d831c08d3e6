// One record step by step, for people: as it ran when it was processed. As it would run now: RecordHandler::trace().
#pragma once

#include "engine/base/json.h"
#include "engine/processor/decode.h"
#include "engine/state/store.h"

namespace hookswitch {

/// {"seq", "kind", "source", "time", "as": "then", "rules_version", "rules_from", "events": [...]}; each event with the
/// rules that handled it, what they asked for and what they took. What it decodes into is looked at anew. Errors:
/// conflict (not processed yet), not_found (processed, but what the rules did is no longer kept, or never was). [any]
Result<Json> trace_then(const Reader& reader, const RecordView& record, const Decoder& decoder);

}  // namespace hookswitch
