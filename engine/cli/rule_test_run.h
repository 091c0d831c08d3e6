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

}  // namespace hookswitch::cli
