// The rules by which a verb makes or completes a state: what a running engine would not let rule does not rule here.
#pragma once

#include <memory>

#include "engine/config/config.h"
#include "engine/rules/rule_set.h"

namespace hookswitch::cli {

/// The rules of the configured directory; where tests block, only when theirs pass. Asks interrupted() meanwhile.
/// Errors: those of load_rules(), invalid (tests fail; it says which and what to do), unavailable (interrupted).
Result<std::unique_ptr<RuleSet>> load_tested_rules(const Config& config);

}  // namespace hookswitch::cli
