#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <filesystem>

#include "engine/base/nearest.h"
#include "engine/base/printable.h"
#include "engine/cli/verbs.h"

namespace hookswitch::cli {

std::string config_path(const Context& context) {
  if (!context.config_file.empty()) return context.config_file;
  for (const char* place : {"config/hookswitch.yaml", "/etc/hookswitch/hookswitch.yaml"}) {
    if (std::filesystem::exists(place)) return place;
  }
  return "config/hookswitch.yaml";
}

namespace {

std::vector<std::string> verbs_of(const CLI::App& app) {
  std::vector<std::string> out;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App* verb) { return !verb->get_group().empty(); }))
    out.push_back(verb->get_name());
  return out;
}

/// Says what is wrong with the command line, and the word that is no verb where one is missing.
int refuse(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* last = &app;
  while (!last->get_subcommands().empty()) last = last->get_subcommands().front();
  const std::vector<std::string> verbs = verbs_of(*last), left = app.remaining(true);
  if (error.get_name() != "RequiredError" || verbs.empty() || left.empty())
    return app.exit(error) == 0 ? kDone : kBadUsage;
  const std::string word = printable(left.front());
  fmt::print(stderr, "hookswitch: found no {} \"{}\", expected one of {}{}\n",
             word.starts_with('-') ? "option" : "verb", word, fmt::join(verbs, " "), suggestion(word, verbs));
  return kBadUsage;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Hookswitch: takes the webhooks of voice providers, keeps them, and does what your rules say."};
  app.set_version_flag("--version", HOOKSWITCH_VERSION);
  Context context;
  app.add_option("-c,--config", context.config_file,
                 "configuration file (default: config/hookswitch.yaml, then /etc/hookswitch/hookswitch.yaml)");
  app.add_flag("--json", context.json, "print JSON");
  app.require_subcommand(1);
  app.fallthrough();
  for (auto* add : {add_serve,  add_check,   add_send,      add_simulate, add_events,     add_doctor, add_actions,
                    add_dead,   add_tasks,   add_campaigns, add_sync,     add_erase,      add_trace,  add_test,
                    add_replay, add_rebuild, add_backup,    add_restore,  add_fsck,       add_eval,   add_new,
                    add_audit,  add_token,   add_plugins,   add_status,   add_plugin_host}) {
    add(app, context);
  }
  try {
    app.parse(argc, argv);
    return context.run();
  } catch (const CLI::ParseError& error) {
    return refuse(app, error);
  } catch (const std::exception& error) {
    fmt::print(stderr, "hookswitch: {}\n", error.what());
    return kFailed;
  }
}

}  // namespace hookswitch::cli
