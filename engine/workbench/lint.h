// Finds in rules, without running them, what would fail or never happen when an event comes.
#pragma once

#include <string>
#include <vector>

#include "engine/base/error.h"
#include "engine/rules/rule_set.h"
#include "engine/rules/rule_source.h"

namespace hookswitch {

struct LintFinding {
  std::string file;  // relative to the rules' directory
  int line = 0;
  bool is_error = false;  // it would fail; otherwise it is only suspicious
  std::string message;    // what, found, expected

  /// "outcome.lua:12: ..."
  std::string text() const;
};

/// Everything found, by file and line. Errors: names that ctx, event, a module or Lua in the sandbox do not have,
/// fields that a call does not have or rules may not set, event patterns that match nothing. Warnings: event types that
/// nobody is known to make, timers that no rule sets, files of lib/ that nobody requires, memory outside ctx.state,
/// sinks that are not configured and not asked for with ctx.has_sink in the same file.
/// `rules` is what the source was loaded as, none when it could not be; `providers` are those whose plugins are loaded,
/// `sinks` those of the configuration.
std::vector<LintFinding> lint(const RuleSource& source, const std::vector<RuleInfo>& rules,
                              const std::vector<std::string>& providers, const std::vector<std::string>& sinks);

/// The line of the rule that is called so, or of the first text that says so; 1 when there is none.
int line_of_text(std::string_view source, std::string_view text);

/// Event types that engine and plugins make, but for timers and what only one provider has.
const std::vector<std::string>& event_types();

}  // namespace hookswitch
