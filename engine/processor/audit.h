// The audit trail: each command leaves a row that says who asked for what, from where, and whether it was done.
#pragma once

#include "engine/processor/command.h"

namespace hookswitch {

/// What the engine says to itself is left out.
void note_audit(const CommandContext& context, const Answer& answer);

}  // namespace hookswitch
