// Running rules for fuzz targets: everything they gave and asked for as one text, so that two runs can be compared.
#pragma once

#include <string>

#include "engine/rules/rule_set.h"
#include "engine/rules/rule_source.h"
#include "tests/unit/rules/memory_world.h"

namespace hookswitch::fuzz {

constexpr RuleLimits kSmallLimits{.memory_bytes = 2 << 20, .steps = 50'000, .cpu_ms = 5'000};

/// A set with that one file.
Result<std::unique_ptr<RuleSet>> rules_of(const std::string& text);

/// In a world with a call, a contact and an agent. `failed`, when given, gets the error there was.
std::string run(RuleSet& rules, const Event& event, std::optional<RuleError>* failed = nullptr);

/// The same twice, in sandboxes of their own: what depends on an address, on chance or on the time is a finding.
void check_twice(const std::string& rule, const Event& event);

/// A text as a JSON list of its bytes, for rules that put it together again: JSON itself cannot hold every text.
Json bytes_of(std::string_view text);

}  // namespace hookswitch::fuzz
