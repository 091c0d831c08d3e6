// Ways in which proxies and frameworks change a body, undone.
#pragma once

#include <vector>

#include "engine/doctor/attempt.h"

namespace hookswitch {

/// Each turns the body back into what it may have been.
std::vector<Change> body_changes(const RefusedDelivery& refusal);

/// Other types that the same body may have been sent as, a form that was turned into JSON included.
std::vector<Change> type_changes(const RefusedDelivery& refusal);

}  // namespace hookswitch
