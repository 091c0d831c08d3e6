// When the next attempts of a task would be, if none of them reached anybody: asked by people who want to know.
#pragma once

#include <cstdint>

#include "engine/base/json.h"
#include "engine/processor/directory.h"
#include "engine/state/store.h"
#include "engine/state/tasks.h"

namespace hookswitch {

/// {"timezone", "timezones"?, "attempts": [{"attempt", "at", "local", "moved_by"?}], "refused"?: {"code", "reason"}};
/// "timezones" are all whose clocks are heeded, where that is more than one. Nothing is written.
Json preview_task(const Reader& reader, const Task& task, int64_t now_ms, const Directory& directory);

}  // namespace hookswitch
