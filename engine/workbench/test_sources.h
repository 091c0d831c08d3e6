// The sources that rule tests deliver to: as configured, or with made-up secrets, for nothing is verified.
#pragma once

#include <memory>
#include <vector>

#include "engine/providers/provider.h"
#include "engine/workbench/rule_tests.h"

namespace hookswitch {

/// A source with these settings; required ones that are missing are made up by the provider's own schema.
Result<std::shared_ptr<Source>> make_test_source(const Providers& providers, const TestSourceSettings& settings);

/// One for each provider, named as it, and the configured ones. Those that cannot be made are left out: a test that
/// needs one is told which there are.
std::vector<std::shared_ptr<Source>> make_test_sources(const Providers& providers,
                                                       const std::vector<TestSourceSettings>& configured);

}  // namespace hookswitch
