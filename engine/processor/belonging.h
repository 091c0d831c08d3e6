// What belongs to which tenant: the sources, agents and numbers that a wish names.
#pragma once

#include <string_view>

#include "engine/base/error.h"
#include "engine/processor/directory.h"
#include "engine/state/json_rows.h"

namespace hookswitch {

/// Whether `tenant` may use this source: one that is nobody's or its own. "" may use every one.
bool may_use_source(const Directory& directory, std::string_view tenant, std::string_view source);

/// The first other tenant that has an agent of this id, whatever the source; "" when none has, or `tenant` has one too.
std::string other_owner_of_agent(const Reader& reader, const Directory& directory, std::string_view tenant,
                                 std::string_view agent_id);

/// Whether a call or message of `tenant` may be made with what `params` name: `source`, `agent_id`, `from`. Error, `denied`: one of them is another tenant's; it says which, and not whose.
Status check_belongings(const Reader& reader, const Directory& directory, std::string_view tenant, const Json& params);

}  // namespace hookswitch
