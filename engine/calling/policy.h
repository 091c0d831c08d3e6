// What holds for everybody a tenant calls, unless a task says otherwise.
#pragma once

#include <cstdint>
#include <set>

#include "engine/base/limits.h"
#include "engine/calling/hours.h"
#include "engine/calling/number.h"
#include "engine/calling/retry.h"

namespace hookswitch {

struct CallingPolicy {
  Window window{0x1f, 9 * 60, 18 * 60};  // Monday to Friday, on the callee's clock
  Holidays holidays;
  int per_person = 5;             // calls, and messages, to one number in one of its days; 0: no bound
  bool consent_required = false;  // else a contact's "no" is enough not to call, and saying nothing is not
  std::set<NumberKind> allow;     // beside ordinary ones
  RetryPolicy retry;
  int64_t deadline_ms = limits::kTaskDeadlineMs;  // how long the outcome of an attempt is waited for
};

}  // namespace hookswitch
