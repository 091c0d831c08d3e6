// What the engine checks after the hooks of hookswitch.action/1 and hookswitch.sync/1.
#pragma once

#include <string>

#include "engine/providers/plugin.h"
#include "engine/providers/provider.h"

namespace hookswitch {

/// A copy, or a breach that names the member, what was found and expected. With `api_base` the request must go to its
/// origin, so that a plugin's mistake cannot carry a source's credentials elsewhere.
Result<HttpRequest> checked_request(const Plugin& plugin, const char* hook, const hookswitch_http_request& request,
                                    const std::string& api_base);
Result<ActionOutcome> checked_outcome(const Plugin& plugin, const char* hook, const hookswitch_outcome& outcome);
Result<SyncItem> checked_item(const Plugin& plugin, const hookswitch_item& item);
/// Whoever asks for one item gets one; a recording may be a list of them.
Status checked_item_count(const Plugin& plugin, const SyncQuery& query, size_t items);
Result<std::string> checked_cursor(const Plugin& plugin, hookswitch_str cursor);

}  // namespace hookswitch
