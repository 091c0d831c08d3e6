// With which weight something says whose a call is.
#pragma once

#include <string_view>

#include "engine/rules/event.h"
#include "engine/state/call.h"

namespace hookswitch {

/// The tenant that configuration gives is a weak word: it has no time, an agent says more than a number, and a rule
/// that names a tenant says more than both. Who had the call placed says less than all of them, and the agent's row
/// less than that: whoever is bound to a tenant may put one of an agent that others' calls go through too. What a rule
/// holds likely says the least.
enum class Evidence : uint8_t { likely, agent_row, placed, source, number, agent };

Stamp tenant_stamp(Evidence evidence, std::string_view tenant);

/// Of what a rule holds likely: whenever the configuration's word is heard, or that of who had the call placed, it
/// stands above that, and of several the word of the earliest event stands.
Stamp likely_tenant_stamp(const Event& event);

}  // namespace hookswitch
