#include "engine/cli/tested_rules.h"

#include <fmt/format.h>

#include "engine/cli/interrupted.h"
#include "engine/cli/rule_test_run.h"
#include "engine/workbench/configured.h"

namespace hookswitch::cli {

Result<std::unique_ptr<RuleSet>> load_tested_rules(const Config& config) {
  auto rules = load_rules(config, config.rules.dir);
  if (!rules || config.rules.tests != RuleTestMode::block) return rules;
  auto run = run_tests_apart(config.file, config.rules.dir, interrupted);
  if (!run && run.error().code == Code::unavailable) return std::unexpected(run.error());
  const RuleTestOutcome outcome = outcome_of_version(std::move(run), (*rules)->hash());
  if (outcome.failures.empty()) return rules;
  return fail(Code::invalid,
              "use the rules of {}: rules.tests is block, and {}. Mend them, or put back those that ruled last: the "
              "data directory and each backup keep them below rules/",
              config.rules.dir, joined(outcome.failures));
}

}  // namespace hookswitch::cli
