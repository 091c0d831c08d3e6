#include <filesystem>

#include "engine/cli/verbs.h"

namespace hookswitch::cli {
namespace {

constexpr const char* kAbout =
    "Hookswitch: takes the webhooks of voice providers, keeps them, and does what your rules say.";

void describe(Verb& program, Context& context) {
  program.add_option("-c,--config", context.config_file,
                     "configuration file (default: config/hookswitch.yaml, then /etc/hookswitch/hookswitch.yaml)");
  program.add_flag("--json", context.json, "print JSON");
  for (auto* add : {add_serve,  add_check,   add_send,      add_simulate, add_events,     add_doctor, add_actions,
                    add_dead,   add_tasks,   add_campaigns, add_sync,     add_erase,      add_trace,  add_test,
                    add_replay, add_rebuild, add_backup,    add_restore,  add_fsck,       add_eval,   add_new,
                    add_audit,  add_token,   add_plugins,   add_status,   add_plugin_host}) {
    add(program, context);
  }
}

}  // namespace

std::string config_path(const Context& context) {
  if (!context.config_file.empty()) return context.config_file;
  for (const char* place : {"config/hookswitch.yaml", "/etc/hookswitch/hookswitch.yaml"}) {
    if (std::filesystem::exists(place)) return place;
  }
  return "config/hookswitch.yaml";
}

int main(int argc, char** argv) {
  Context context;
  return run_command_line(argc, argv, kAbout, [&context](Verb& program) { describe(program, context); });
}

}  // namespace hookswitch::cli
