// What came from a plugin's process, checked once more: whoever crashed the process may have written it.
#pragma once

#include <string>
#include <vector>

#include "engine/providers/plugin.h"
#include "engine/providers/provider.h"

namespace hookswitch {

/// Each is the check that the hook's result gets in a process that runs the plugin itself; what is wrong is a breach.
Result<Verdict> rechecked(const Plugin& plugin, const Verdict& verdict);
Result<std::vector<DecodedEvent>> rechecked(const Plugin& plugin, const std::vector<DecodedEvent>& events);
Result<RenderedReply> rechecked(const Plugin& plugin, const char* hook, const RenderedReply& reply);
Result<HttpRequest> rechecked(const Plugin& plugin, const char* hook, const HttpRequest& request,
                              const std::string& api_base);
Result<ActionOutcome> rechecked(const Plugin& plugin, const char* hook, const ActionOutcome& outcome);
Result<SyncPage> rechecked(const Plugin& plugin, const SyncQuery& query, const SyncPage& page);
Result<SignedRequest> rechecked(const Plugin& plugin, const SignedRequest& made);
Result<std::vector<PlayedDelivery>> rechecked(const Plugin& plugin, const std::vector<PlayedDelivery>& deliveries);

}  // namespace hookswitch
