// What is asked for through the API, judged by the configuration of now before it is a record: a record that was
// accepted stays so under any later configuration.
#pragma once

#include <string_view>

#include "engine/base/error.h"
#include "engine/base/json.h"
#include "engine/processor/command.h"

namespace hookswitch {

/// [any] Whether a task or a campaign that is to be made would know its source when it is due; other commands pass.
/// Errors: invalid.
Status check_command(const Sources& sources, const Directory& directory, std::string_view name, const Json& body);

/// What the record of a command that passed says beside its name: nothing for those that nothing is asked of.
Headers checked_headers(std::string_view name);
/// The same check of a command that is a record already, by the configuration of the day it is processed: only of one
/// that was not checked before. [processor]
Status check_logged(const CommandContext& context, std::string_view name, const Json& body);

}  // namespace hookswitch
