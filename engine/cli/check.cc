// `hookswitch check`: configuration, plugins and rules, without starting anything; every error at once.
#include <fmt/format.h>

#include "engine/cli/engine.h"
#include "engine/cli/options.h"
#include "engine/cli/print.h"
#include "engine/config/config.h"
#include "engine/http/tls.h"
#include "engine/providers/provider.h"
#include "engine/rules/rule_set.h"
#include "engine/workbench/configured.h"
#include "engine/workbench/lint.h"

namespace hookswitch::cli {
namespace {

struct Found {
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
};

/// Returns the names of the providers whose plugins could be loaded.
std::vector<std::string> check_plugins(const Config& config, Found& found) {
  Providers providers;
  std::vector<std::string> names;
  for (const LoadOutcome& plugin : load_plugins(config.plugins, providers)) {
    plugin.refused.empty() ? names.push_back(plugin.provider) : found.errors.push_back(plugin.refused);
  }
  for (std::string& line : isolation_of_nobody(config, names)) found.warnings.push_back(std::move(line));
  for (const SourceConfig& source : config.sources) {
    auto made = providers.create_source(source.name, source.provider, dump(source.settings));
    if (!made) found.errors.push_back(config.place(source.line) + ": " + made.error().message);
  }
  return names;
}

/// An error that has no line of its own is shown where its rule begins.
std::string placed(RuleError error, const std::string& dir, const RuleSource& source) {
  auto text = source.rules.find(error.file);
  if (error.line == 0 && text != source.rules.end()) error.line = line_of_text(text->second, error.rule);
  error.file = dir + "/" + error.file;
  return error.message();
}

void check_rules(const Config& config, const std::vector<std::string>& providers, Found& found) {
  const std::string& dir = config.rules.dir;
  auto source = read_rule_source(dir);
  if (!source) return found.errors.push_back(source.error().message);
  std::vector<RuleError> wrong;
  auto rules = RuleSet::load(dir, {config.limits.rule_memory_bytes, config.limits.rule_steps}, &wrong);
  for (const RuleError& error : wrong) found.errors.push_back(placed(error, dir, *source));
  if (!rules && wrong.empty()) found.errors.push_back(rules.error().message);
  const std::vector<RuleInfo> infos = rules ? (*rules)->rules() : std::vector<RuleInfo>();
  std::vector<std::string> sinks;
  for (const auto& [name, sink] : config.sinks) sinks.push_back(name);
  for (const LintFinding& finding : lint(*source, infos, providers, sinks)) {
    (finding.is_error ? found.errors : found.warnings).push_back(dir + "/" + finding.text());
  }
}

void check_jwt(const Config& config, Found& found) {
  if (!config.jwt || !found.errors.empty()) return;
  const auto jwt = jwt_verifier(*config.jwt);
  if (!jwt) found.errors.push_back(config.place(config.jwt->line) + ": " + jwt.error().message);
  if (jwt && !(*jwt)->warning().empty())
    found.warnings.push_back(config.place(config.jwt->line) + ": " + (*jwt)->warning());
}

/// What serve would read of files that the configuration only names.
void check_files(const Config& config, Found& found) {
  auto say = [&](const std::string& what) { found.errors.push_back(config.file + ": " + what); };
  if (const auto& https = config.listen.https; https && !https->cert.empty() && !https->key.empty()) {
    if (auto loaded = TlsContext::load(https->cert, https->key); !loaded)
      say("listen.https: " + loaded.error().message);
  }
  if (auto good = check_ca_file(config.outbound.ca_file); !good) say(good.error().message);
}

int check(const Context& context) {
  ConfigReading reading = load_config(config_path(context));
  Found found{reading.errors, reading.warnings};
  check_jwt(reading.config, found);
  check_files(reading.config, found);
  const std::vector<std::string> providers = check_plugins(reading.config, found);
  check_rules(reading.config, providers, found);
  if (context.json) {
    print_json({{"errors", found.errors}, {"warnings", found.warnings}});
  } else {
    for (const std::string& line : found.warnings) fmt::print("warning: {}\n", line);
    for (const std::string& line : found.errors) fmt::print("{}\n", line);
    const size_t errors = found.errors.size();
    fmt::print("{}: {}\n", config_path(context),
               errors == 0 ? "all good" : fmt::format("{} error{}", errors, errors == 1 ? "" : "s"));
  }
  return found.errors.empty() ? kDone : kFailed;
}

}  // namespace

void add_check(Verb& program, const Context& context) {
  auto verb = program.add_verb("check", "validate configuration, plugins and rules without starting");
  verb.footer("Example: hookswitch -c config/hookswitch.yaml check");
  verb.runs([&context] { return check(context); });
}

}  // namespace hookswitch::cli
