// The command line: one file per verb, which adds itself to the program.
#pragma once

#include <string>

#include "engine/cli/command_line.h"

namespace hookswitch::cli {

/// Exit codes of the contract.
constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kBadUsage = 2;

/// What every verb gets: the options of the program.
struct Context {
  std::string config_file;  // -c FILE; "": the default places
  bool json = false;        // --json
};

/// The configuration file that holds: -c, else config/hookswitch.yaml, else /etc/hookswitch/hookswitch.yaml.
std::string config_path(const Context& context);

void add_serve(Verb& program, const Context& context);
void add_check(Verb& program, const Context& context);
void add_send(Verb& program, const Context& context);
void add_simulate(Verb& program, const Context& context);
void add_events(Verb& program, const Context& context);
void add_events_save(Verb& events, const Context& context);
void add_doctor(Verb& program, const Context& context);
void add_actions(Verb& program, const Context& context);
void add_dead(Verb& program, const Context& context);
void add_tasks(Verb& program, const Context& context);
void add_campaigns(Verb& program, const Context& context);
void add_sync(Verb& program, const Context& context);
void add_trace(Verb& program, const Context& context);
void add_test(Verb& program, const Context& context);
void add_replay(Verb& program, const Context& context);
void add_rebuild(Verb& program, const Context& context);
void add_backup(Verb& program, const Context& context);
void add_restore(Verb& program, const Context& context);
void add_fsck(Verb& program, const Context& context);
void add_erase(Verb& program, const Context& context);
void add_eval(Verb& program, const Context& context);
void add_new(Verb& program, const Context& context);
void add_audit(Verb& program, const Context& context);
void add_token(Verb& program, const Context& context);
void add_plugins(Verb& program, const Context& context);
void add_status(Verb& program, const Context& context);
/// Hidden: for the engine's own use.
void add_plugin_host(Verb& program, const Context& context);

/// Parses, runs, and returns the exit code.
int main(int argc, char** argv);

}  // namespace hookswitch::cli
