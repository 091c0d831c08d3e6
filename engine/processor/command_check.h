// What is asked for through the API, judged by the configuration of now before it is a record: a record that was
// accepted stays so under any later configuration.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/error.h"
#include "engine/base/json.h"
#include "engine/processor/command.h"

namespace hookswitch {

/// [any] The source to which the call, the task or the campaign that a command asks for will go; "" for other
/// commands, and where only the time when a task is due can tell (source_to_keep). Errors: invalid.
Result<std::string> check_command(const Sources& sources, const Directory& directory, std::string_view name,
                                  const Json& body);

/// What the record of a command that passed says beside its name: nothing for those that nothing is asked of. The
/// source is no part of the body, which is what was asked for and is compared when it is asked for again.
Headers checked_headers(std::string_view name, const std::string& source);
/// What a command is called in the ids that are made of it: by its place in the log, and by the record's random
/// `:salt`. Whoever names an action's id in a conversation is believed, so it must not be guessed; and neither another
/// engine nor this one after a restore may give it to somebody else's task. Records of before have a salt too, but do
/// not say that they are `:salted`: what they made keeps the ids that it has.
std::string own_name(const CommandContext& context);

/// The source of a command that is a record already: what was found when it was checked, or, of one that was not, by
/// the configuration of the day it is processed. [processor]
Result<std::string> checked_source(const CommandContext& context, std::string_view name, const Json& body);

}  // namespace hookswitch
