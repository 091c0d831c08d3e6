// Changes that people ask for through the API or the command line: `command` records, carried out in log order like
// everything else. One function for each name; what it answers is given to whoever waits.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "engine/base/json.h"
#include "engine/log/record.h"
#include "engine/processor/answers.h"
#include "engine/processor/directory.h"
#include "engine/providers/sources.h"
#include "engine/state/store.h"

namespace hookswitch {

struct CommandContext {
  Writer& writer;
  const RecordView& record;
  const Sources& sources;
  const Directory& directory;
};

/// Checks what only the state can tell and changes it. `body` is an object, whose form the API has checked; its
/// "tenant", when there, is what the caller is bound to. [processor]
using CommandFn = Answer (*)(const CommandContext& context, const Json& body);
using Commands = std::map<std::string_view, CommandFn>;

Commands token_commands();   // commands_tokens.cc
Commands acting_commands();  // commands_acting.cc: calls and actions
Commands people_commands();  // commands_people.cc: contacts and agents
Commands task_commands();    // commands_tasks.cc: tasks and the do-not-call list
Commands campaign_commands();
Commands sync_commands();     // commands_syncs.cc
Commands note_commands();     // commands_notes.cc
Commands erasure_commands();  // commands_erasures.cc

Answer command_done(int status, const Json& body);
/// problem+json
Answer command_problem(int status, const std::string& detail);
/// Whether the caller may change what belongs to `tenant`.
bool command_may_see(const Json& body, std::string_view tenant);

/// The answer that a command with this Idempotency-Key was given before, by the same caller. One that asked for
/// something else then is a problem: 422.
std::optional<Answer> answered_before(const CommandContext& context);
/// Whether what a command of `by` with this Idempotency-Key was answered is kept: then answered_before() says what it
/// is answered now.
bool was_answered(const Reader& reader, const std::string& by, const std::string& key);
/// Keeps an answer for a day, and forgets older ones. Only if the record has a key.
void remember_answer(const CommandContext& context, const Answer& answer);

}  // namespace hookswitch
