// Runs the tests of a rules directory: Lua files that deliver events to the rules and look at what became of them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/json.h"
#include "engine/processor/directory.h"
#include "engine/providers/provider.h"
#include "engine/rules/rule_set.h"
#include "engine/workbench/coverage.h"

namespace hookswitch {

/// A source as configured. Its secrets are never used: deliveries of a test are taken as verified.
struct TestSourceSettings {
  std::string name;
  std::string provider;
  Json settings = Json::object();
};

struct RuleTestOptions {
  std::string rules_dir;
  std::vector<std::string> paths;           // *_test.lua files, or folders of them; none: <rules_dir>/tests
  std::string filter;                       // only tests with this text in their name; "": all
  bool coverage = false;                    // which lines of the rules ran; costs time
  RuleLimits limits;                        // of the rules, as in service
  std::vector<TestSourceSettings> sources;  // beside one for each loaded provider, named as it
  std::vector<Tenant> tenants;              // that engine:tenant "id" finds
  std::function<bool()> stopped;            // asked before each test, when given: leave the rest out
};

struct RuleTestResult {
  std::string name;
  std::string file;  // as it was found, from the working directory
  int line = 0;      // of the test, or of what failed in it
  int64_t us = 0;
  std::vector<std::string> failure;  // none: passed. One difference or reason each
};

struct RuleTestReport {
  std::vector<RuleTestResult> results;
  std::string rules_version;
  std::vector<FileCoverage> coverage;  // with options.coverage

  size_t passed() const;
  size_t failed() const;
};

/// Errors: the rules or the test files cannot be read at all. A test file that cannot be compiled, or does not end, is
/// a failed result, and the others run. Every test has a state of its own in a scratch directory.
Result<RuleTestReport> run_rule_tests(const Providers& providers, const RuleTestOptions& options);

}  // namespace hookswitch
