// Batches: one action by which a provider rings everybody of a list by itself.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/processor/dialling.h"

namespace hookswitch {

/// Whether it is of type "batch_call", which has params.recipients with a `to` each.
bool is_batch(const Action& action);

/// The calls of a batch, in its list's order. What the batch says of the window is said of each.
std::vector<Action> calls_of_batch(const Action& batch);

/// When the provider begins with it: now, or at its `not_before`, as far as a year ahead.
int64_t batch_begins_ms(const Action& batch, int64_t now_ms);

/// Refused where its `not_before` says no moment up to a year ahead, and where somebody may not be rung or is listed
/// twice: then the reason has their places in the list. Later while there is somebody who may be rung later.
DialVerdict may_dial_batch(const Reader& reader, const Action& batch, int64_t now_ms, const Directory& directory);

}  // namespace hookswitch
