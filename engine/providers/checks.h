// What the engine checks after every hook, so that a plugin's mistake becomes a dead letter and never more.
#pragma once

#include <string>

#include "engine/providers/plugin.h"
#include "engine/providers/provider.h"

namespace hookswitch {

/// Each takes what a hook filled and returns a copy, or a breach that names the member, what was found and expected.
Result<Verdict> checked_verdict(const Plugin& plugin, const hookswitch_verdict& verdict);
Result<DecodedEvent> checked_event(const Plugin& plugin, const hookswitch_event& event);
Result<RenderedReply> checked_reply(const Plugin& plugin, const char* hook, const hookswitch_reply& reply);
Result<SignedRequest> checked_signed(const Plugin& plugin, const hookswitch_signed& made);
Result<PlayedDelivery> checked_delivery(const Plugin& plugin, const hookswitch_delivery& delivery);

}  // namespace hookswitch
