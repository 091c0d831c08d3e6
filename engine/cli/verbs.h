// The command line: one file per verb. Each adds itself to the parser and sets `run` when it was asked for.
#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <string>

#include "engine/base/error.h"

namespace hookswitch::cli {

/// Exit codes of the contract.
constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kBadUsage = 2;

/// What every verb gets: options that stand before the verb, and where to put what is to be run.
struct Context {
  std::string config_file;  // -c FILE; "": the default places
  bool json = false;        // --json
  std::function<int()> run;
};

/// The configuration file that holds: -c, else config/hookswitch.yaml, else /etc/hookswitch/hookswitch.yaml.
std::string config_path(const Context& context);

void add_serve(CLI::App& app, Context& context);
void add_check(CLI::App& app, Context& context);
void add_send(CLI::App& app, Context& context);
void add_simulate(CLI::App& app, Context& context);
void add_events(CLI::App& app, Context& context);
void add_events_save(CLI::App& events, Context& context);
void add_doctor(CLI::App& app, Context& context);
void add_actions(CLI::App& app, Context& context);
void add_dead(CLI::App& app, Context& context);
void add_tasks(CLI::App& app, Context& context);
void add_campaigns(CLI::App& app, Context& context);
void add_sync(CLI::App& app, Context& context);
void add_trace(CLI::App& app, Context& context);
void add_test(CLI::App& app, Context& context);
void add_replay(CLI::App& app, Context& context);
void add_rebuild(CLI::App& app, Context& context);
void add_backup(CLI::App& app, Context& context);
void add_restore(CLI::App& app, Context& context);
void add_fsck(CLI::App& app, Context& context);
void add_erase(CLI::App& app, Context& context);
void add_eval(CLI::App& app, Context& context);
void add_new(CLI::App& app, Context& context);
void add_audit(CLI::App& app, Context& context);
void add_token(CLI::App& app, Context& context);
void add_plugins(CLI::App& app, Context& context);
void add_status(CLI::App& app, Context& context);
/// Hidden: for the engine's own use.
void add_plugin_host(CLI::App& app, Context& context);

/// Parses, runs, and returns the exit code.
int main(int argc, char** argv);

}  // namespace hookswitch::cli
