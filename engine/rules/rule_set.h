// All rules of a directory, loaded and swapped as one: which rules handle an event, in which order, and running them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/base/error.h"
#include "engine/rules/event.h"
#include "engine/rules/world.h"

namespace hookswitch {

struct RuleLimits {
  size_t memory_bytes = 0;  // 0: limits::kRuleMemoryBytes
  uint64_t steps = 0;       // 0: limits::kRuleSteps
  int64_t cpu_ms = 0;       // 0: limits::kRuleCpuMs
};

/// Why a rule did not finish: says rule, file, line and reason in `message`.
struct RuleError {
  enum class Kind { error, memory, steps, denied, gave_up };  // steps: or time; gave_up: ctx.fail(reason)
  Kind kind = Kind::error;
  std::string rule;
  std::string file;  // relative to the rules' directory
  int line = 0;
  std::string reason;
  std::string message() const;
};

struct RuleInfo {
  std::string name;
  std::string file;
  std::vector<std::string> on;  // event types or globs
  int priority = 0;
  bool per_call = false;
  std::string version;  // SHA-256 over all the text that it is made of: its file's, and what is required there
};

/// What one rule did with one event: for metrics and traces.
struct RuleRun {
  const RuleInfo* rule = nullptr;
  uint64_t steps = 0;
  uint64_t memory_bytes = 0;  // most allocated beyond the start
  int64_t us = 0;
};

/// Lines that ran, by file relative to the rules' directory: "outcome.lua", "lib/finished.lua".
using LinesRun = std::map<std::string, std::set<int>, std::less<>>;

struct RuleSource;

class RuleSet {
 public:
  /// Reads every *.lua of `dir` (not of its folders lib/, _meta/ and tests/), compiles it in a fresh sandbox and checks
  /// what it returns. Any error refuses the whole set: all errors are reported, each with file and line.
  /// `lines`, when given, gets every line that runs, which costs time, and outlives the set.
  /// [any thread; the set then belongs to the thread that runs it]
  static Result<std::unique_ptr<RuleSet>> load(const std::string& dir, const RuleLimits& limits,
                                               std::vector<RuleError>* errors = nullptr, LinesRun* lines = nullptr);
  /// The same of files that were read already; errors name them as in their directory.
  static Result<std::unique_ptr<RuleSet>> load(RuleSource source, const RuleLimits& limits,
                                               std::vector<RuleError>* errors = nullptr, LinesRun* lines = nullptr);
  virtual ~RuleSet() = default;

  /// In the order they run: priority (higher first), file name, place in the file; rules `per = "call"` after all
  /// others.
  virtual const std::vector<RuleInfo>& rules() const = 0;
  /// SHA-256 over names and contents of all files, also those of lib/: the version.
  virtual const std::string& hash() const = 0;

  /// Runs every rule that handles the event's type. Stops at the first error, which stands for the whole event. A rule
  /// `per = "call"` sees the call without its own last words and those of the rules behind it.
  /// `on_run` is called after each rule, also the failing one. [processor]
  virtual std::expected<void, RuleError> run(const Event& event, World& world,
                                             const std::function<void(const RuleRun&)>& on_run = {}) = 0;
};

}  // namespace hookswitch
