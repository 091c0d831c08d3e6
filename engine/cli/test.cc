// `hookswitch test`: runs the tests of the rules, once or whenever a file changes.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

#include "engine/base/clock.h"
#include "engine/base/time_text.h"
#include "engine/cli/options.h"
#include "engine/cli/print.h"
#include "engine/config/config.h"
#include "engine/workbench/configured.h"
#include "engine/workbench/rule_tests.h"
#include "engine/workbench/test_report.h"

namespace hookswitch::cli {
namespace {

namespace fs = std::filesystem;

constexpr auto kLookEvery = std::chrono::milliseconds(300);

struct Wishes {
  std::vector<std::string> paths;
  std::string rules_dir, plugins_dir, filter, junit_file;
  bool coverage = false, watch = false;
};

// Tests verify nothing, so a secret that is not set does not matter.
std::optional<std::string> any_value(const std::string& name) {
  auto known = process_environment()(name);
  return known && !known->empty() ? known : "not-set-for-tests";
}

RuleTestOptions options_of(const Config& config, const Wishes& wishes) {
  RuleTestOptions options;
  options.rules_dir = wishes.rules_dir.empty() ? config.rules.dir : wishes.rules_dir;
  options.paths = wishes.paths;
  options.filter = wishes.filter;
  options.coverage = wishes.coverage;
  options.limits = {config.limits.rule_memory_bytes, config.limits.rule_steps};
  for (const SourceConfig& source : config.sources) {
    options.sources.push_back({source.name, source.provider, source.settings});
  }
  for (const TenantConfig& tenant : config.tenants) options.tenants.push_back(tenant_of(tenant));
  return options;
}

Status write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) return fail(Code::io, "write {}: cannot be written", path);
  return {};
}

std::string what_was_not_found(const RuleTestOptions& options) {
  std::string in = options.paths.empty() ? options.rules_dir + "/tests" : "";
  for (const std::string& path : options.paths) in += (in.empty() ? "" : ", ") + path;
  const char* named = options.filter.empty() ? "" : " with this text in its name";
  return fmt::format("no test was found{} in {}, expected t.test(...) in files *_test.lua", named, in);
}

int run_once(const Providers& providers, const RuleTestOptions& options, const Wishes& wishes, bool json) {
  auto report = run_rule_tests(providers, options);
  if (!report) {
    fmt::print("{}\n", json ? dump(Json{{"error", report.error().message}}) : report.error().message);
    return kFailed;
  }
  fmt::print("{}",
             json ? dump_indented(to_json(*report)) + "\n" : text_of(*report));
  std::fflush(stdout);
  const bool none = report->results.empty();
  if (none) fmt::print(stderr, "{}\n", what_was_not_found(options));
  if (!wishes.junit_file.empty()) {
    if (auto written = write_file(wishes.junit_file, junit_of(*report)); !written) return cli::report(written.error());
  }
  // Nothing passed where something was asked for; rules that have no tests yet are no failure.
  const bool misspelled = none && !(wishes.filter.empty() && wishes.paths.empty());
  return report->failed() == 0 && !misspelled ? kDone : kFailed;
}

/// Names, sizes and times of everything that the tests depend on.
std::string fingerprint(const RuleTestOptions& options) {
  std::string out;
  std::vector<std::string> roots = options.paths;
  roots.push_back(options.rules_dir);
  std::error_code gone;  // a file may go while we look; the next look sees the rest
  for (const std::string& root : roots) {
    if (!fs::is_directory(root, gone)) {
      out += fmt::format("{} {};", root, fs::last_write_time(root, gone).time_since_epoch().count());
      continue;
    }
    for (fs::recursive_directory_iterator at(root, gone), end; at != end; at.increment(gone)) {
      out += fmt::format("{} {} {};", at->path().string(), at->file_size(gone),
                         at->last_write_time(gone).time_since_epoch().count());
    }
  }
  return out;
}

[[noreturn]] void watch(const Providers& providers, const RuleTestOptions& options, const Wishes& wishes, bool json) {
  for (std::string seen;;) {
    if (std::string now = fingerprint(options); now != seen) {
      if (!seen.empty() && !json) fmt::print("--- {}\n", rfc3339(SystemClock().now_ms()));
      seen = std::move(now);
      run_once(providers, options, wishes, json);
    }
    std::this_thread::sleep_for(kLookEvery);
  }
}

int test(const Context& context, const Wishes& wishes) {
  spdlog::set_level(spdlog::level::off);  // what rules log and what dies in a test is the test's business
  const ConfigReading reading = load_config(config_path(context), any_value);
  for (const std::string& line : reading.errors) fmt::print(stderr, "{}\n", line);
  Providers providers;
  PluginsConfig plugins = reading.config.plugins;
  if (!wishes.plugins_dir.empty()) plugins.dir = wishes.plugins_dir;
  for (const LoadOutcome& plugin : load_plugins(plugins, providers)) {
    if (!plugin.refused.empty()) fmt::print(stderr, "plugin refused: {}\n", plugin.refused);
  }
  const RuleTestOptions options = options_of(reading.config, wishes);
  if (wishes.watch) watch(providers, options, wishes, context.json);
  return run_once(providers, options, wishes, context.json);
}

}  // namespace

void add_test(Verb& program, const Context& context) {
  auto verb = program.add_verb("test", "run the tests of the rules");
  verb.footer(
      "Example: hookswitch test --coverage\n         hookswitch test rules/tests/outcome_test.lua --filter booked");
  auto wishes = std::make_shared<Wishes>();
  verb.add_option("path", wishes->paths,
                   "files *_test.lua or folders of them (default: tests/ in the rules' directory)");
  verb.add_option("--rules", wishes->rules_dir, "the rules to test (default: those of the configuration)");
  verb.add_option("--plugins", wishes->plugins_dir, "where the providers are (default: as configured)");
  verb.add_option("--filter", wishes->filter, "only tests with this text in their name");
  verb.add_flag("--coverage", wishes->coverage, "which lines of the rules ran");
  verb.add_flag("--watch", wishes->watch, "again whenever a file changes, until interrupted");
  verb.add_option("--junit", wishes->junit_file, "also write JUnit's XML to this file");
  verb.runs([&context, wishes] { return test(context, *wishes); });
}

}  // namespace hookswitch::cli
