// What belongs to which tenant: the sources, agents and numbers that a wish names, and the calls that a source speaks
// of.
#pragma once

#include <string_view>

#include "engine/base/error.h"
#include "engine/processor/directory.h"
#include "engine/state/call.h"
#include "engine/state/json_rows.h"

namespace hookswitch {

/// Whether `tenant` may use this source: one that is nobody's or its own. "" may use every one.
bool may_use_source(const Directory& directory, std::string_view tenant, std::string_view source);

/// The first other tenant that has an agent of this id, whatever the source; "" when none has, or `tenant` has one too.
/// A row in the state says nothing against the configuration.
std::string other_owner_of_agent(const Reader& reader, const Directory& directory, std::string_view tenant,
                                 std::string_view agent_id);

/// Whether what `source` says of the stored call is taken: a source that belongs to one tenant cannot speak about
/// another tenant's call, whatever ids it names. A call is theirs whose it is, who brought it and who had it placed. Of
/// one that only sources of nobody brought everybody's may speak, for whose it is depends on who spoke first; and
/// those whose agent of this id the configuration gives to the call's tenant. The same in any order of events.
bool may_speak(const Reader& reader, const Directory& directory, std::string_view source, std::string_view agent_id,
               const Call& call);

/// Whether a call or message of `tenant` may be made with what `params` name: `source`, `agent_id`. Error, `denied`:
/// one of them is another tenant's; it says which, and not whose.
Status check_belongings(const Reader& reader, const Directory& directory, std::string_view tenant, const Json& params);

/// From which number a call of `tenant` is made that is to come from `from`: that number in E.164, read as one of the
/// tenant's country, so that what is checked is what is sent. Of no tenant, and "": as it is. Errors: `invalid`: not
/// a number; `denied`: another tenant's.
Result<std::string> own_number(const Directory& directory, std::string_view tenant, const std::string& from);

}  // namespace hookswitch
