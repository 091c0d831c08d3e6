// Whether a person may be rung or written to now: asked when an attempt is claimed, answered with a reason.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engine/calling/callee_clock.h"
#include "engine/processor/directory.h"
#include "engine/state/actions.h"
#include "engine/state/store.h"

namespace hookswitch {

struct DialVerdict {
  enum class Kind { allow, later, refuse };
  Kind kind = Kind::allow;
  int64_t not_before_ms = 0;  // later: when it may be
  std::string code, reason;   // later, refuse
};

/// Of actions "call" and "sms", and of batches (batches.h); any other is allowed. `planned_ms`: when the same person is
/// dialled before that, beside what is noted.
DialVerdict may_dial(const Reader& reader, const Action& action, int64_t now_ms, const Directory& directory,
                     std::span<const int64_t> planned_ms = {});

/// Writes whom it dials, of a batch everybody, in E.164, as providers' lists and reports name them; what is no number
/// stays as it was given. `country` is that of numbers without a country code.
void spell_callees(Action& action, std::string_view country);

/// The clock on which the callee is called: after the action's word, the contact's, the number's, the tenant's.
CalleeClock callee_clock(const Reader& reader, const Action& action, const Directory& directory);

/// Counts a granted attempt against what a person may be rung in a day, and a call among those under way.
void note_dialled(Writer& writer, const Action& action, int64_t now_ms, const Directory& directory);

}  // namespace hookswitch
