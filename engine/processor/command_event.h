// What rules are told of what people ask for over the API: `command.<name>`, when it was carried out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/log/record.h"
#include "engine/processor/answers.h"
#include "engine/rules/event.h"

namespace hookswitch {

/// The names of those commands. Of tokens, erasures, dead letters and the engine's own notes rules hear nothing.
const std::vector<std::string>& told_commands();

/// Its data: `command`, `by`, `body` as it was asked for, `result` as it was answered (null: that is not known any
/// more), and `about`, the call and the tenant where the body names them. nullopt: not one of told_commands().
std::optional<Event> command_event(const RecordView& record, const Answer* answer);

/// The same as of a record that is looked at again: one event, or none when rules hear nothing of it.
std::vector<Event> events_of_command(const RecordView& record);

}  // namespace hookswitch
