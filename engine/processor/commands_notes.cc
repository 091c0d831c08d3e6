// Commands that change nothing here: they stand in the log because somebody did something elsewhere.
#include "engine/processor/command.h"

namespace hookswitch {
namespace {

Answer noted(const CommandContext&, const Json&) { return command_done(200, Json{{"noted", true}}); }

}  // namespace

Commands note_commands() { return {{"refusal.redrive", noted}}; }

}  // namespace hookswitch
