// `hookswitch check`: configuration, plugins and rules, without starting anything; every error at once.
#include <fmt/format.h>

#include "engine/cli/options.h"
#include "engine/cli/print.h"
#include "engine/config/config.h"
#include "engine/providers/provider.h"
#include "engine/rules/rule_set.h"

namespace hookswitch::cli {
namespace {

void check_plugins(const Config& config, std::vector<std::string>& errors) {
  Providers providers;
  for (const LoadOutcome& plugin : providers.load_dir(config.plugins_dir)) {
    if (!plugin.refused.empty()) errors.push_back(plugin.refused);
  }
  for (const SourceConfig& source : config.sources) {
    auto made = providers.create_source(source.name, source.provider, dump(source.settings));
    if (!made) errors.push_back(config.place(source.line) + ": " + made.error().message);
  }
}

void check_rules(const Config& config, std::vector<std::string>& errors) {
  std::vector<RuleError> wrong;
  auto rules = RuleSet::load(config.rules.dir, {config.limits.rule_memory_bytes, config.limits.rule_steps}, &wrong);
  for (const RuleError& error : wrong) errors.push_back(error.message());
  if (!rules && wrong.empty()) errors.push_back(rules.error().message);
}

int check(const Context& context) {
  ConfigReading reading = load_config(config_path(context));
  std::vector<std::string> errors = reading.errors;
  check_plugins(reading.config, errors);
  check_rules(reading.config, errors);
  if (context.json) {
    print_json({{"errors", errors}, {"warnings", reading.warnings}});
  } else {
    for (const std::string& line : reading.warnings) fmt::print("warning: {}\n", line);
    for (const std::string& line : errors) fmt::print("{}\n", line);
    fmt::print("{}: {}\n", config_path(context), errors.empty() ? "all good" : fmt::format("{} errors", errors.size()));
  }
  return errors.empty() ? kDone : kFailed;
}

}  // namespace

void add_check(CLI::App& app, Context& context) {
  auto* verb = app.add_subcommand("check", "validate configuration, plugins and rules without starting");
  verb->footer("Example: hookswitch -c config/hookswitch.yaml check");
  verb->callback([&context] { context.run = [&context] { return check(context); }; });
}

}  // namespace hookswitch::cli
