// How the API shows a record of the log and what it decodes into.
#pragma once

#include "engine/api/parts.h"

namespace hookswitch {

/// seq, time, kind, source, path, bytes.
Json summary_of(const RecordView& record);

/// That, with headers (those that hold secrets are masked) and the body as text, or as base64 when it is not UTF-8, or
/// the name of its blob; and `events`, or `error` when it cannot be decoded. Asks a plugin, which may take its time.
Json details_of(const RecordView& record, const ApiParts& parts);

}  // namespace hookswitch
