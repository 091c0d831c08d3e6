// What acting, looking for what was lost and listing have to agree on.
#pragma once

#include <string>
#include <string_view>

#include "plugins/lib/author.h"
#include "plugins/lib/json_read.h"

namespace hookswitch::plugin::twilio {

/// A call or message as their interface shows it, as an action's result.
std::string carried_out(const Action& action, JsonValue made);

/// "next_page_uri" without what request() puts in front; "" at the end, an error when it leads elsewhere.
Outcome<std::string> next_page(JsonValue list, std::string_view account_sid);

}  // namespace hookswitch::plugin::twilio
