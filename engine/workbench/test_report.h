// The outcome of rule tests for people, for programs, and for build servers.
#pragma once

#include <string>

#include "engine/workbench/rule_tests.h"

namespace hookswitch {

/// Every failure with file, line and differences, coverage when there is any, and last `N passed, N failed`.
std::string text_of(const RuleTestReport& report);

Json to_json(const RuleTestReport& report);

/// JUnit's XML, one test suite for each file.
std::string junit_of(const RuleTestReport& report);

}  // namespace hookswitch
