// What somebody may say of a task, checked and brought into one form, whoever says it: a rule, a person, a campaign.
#pragma once

#include <string_view>

#include "engine/base/error.h"
#include "engine/base/json.h"
#include "engine/calling/retry.h"

namespace hookswitch {

/// Takes {key, kind, channel, to, due_at, expires_at, source, agent_id, contact_id, window, retry, body, variables,
/// metadata, priority}, all but `to` or `contact_id` optional. Times are milliseconds or RFC 3339. Gives the same with
/// times in milliseconds and `to` in E.164 where it is a number at all: whether it may be rung is may_dial()'s
/// question. Errors: `invalid`, naming the field.
Result<Json> read_task_wish(const Json& wish, std::string_view country);

/// The same for what may be changed later: nothing is required.
Result<Json> read_task_change(const Json& change, std::string_view country);

}  // namespace hookswitch
