// The tests of a rules directory, run by `hookswitch test` in a process of its own: whatever they do, this one serves
// on.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/base/error.h"
#include "engine/rules/rule_set.h"

namespace hookswitch::cli {

struct RuleTestOutcome {
  size_t passed = 0;
  size_t failed = 0;
  std::vector<RuleError> failures = {};  // the first few: file, line, and which test found what
  std::string version = {};              // of the rules that were tested
};

/// Waits for the end of it, asking `stopped` meanwhile: true ends the tests. No tests: an outcome of none. Errors:
/// unavailable (stopped), timeout, and io or invalid when the tests cannot be run at all. The calling thread's priority
/// is theirs too.
Result<RuleTestOutcome> run_tests_apart(const std::string& config_file, const std::string& rules_dir,
                                        const std::function<bool()>& stopped);

/// What such a run says of this version of the rules: that it could not be run, or was of others, is a failure as well.
RuleTestOutcome outcome_of_version(Result<RuleTestOutcome> run, const std::string& version);

/// All of them in one line.
std::string joined(const std::vector<RuleError>& errors);

}  // namespace hookswitch::cli
