// The rules' directory: loads changed rules beside the live ones, tests them, and hands them over; what is bad is
// refused and said, and the former rules stay in force.
//
// All of it happens on a thread of its own with low priority, so neither signals nor the live engine wait. A directory
// is only read when its files have been at rest for a moment and do not change meanwhile: what rules is never half of
// one set and half of another. Whoever needs more than that moment changes the directory by one rename of a symbolic
// link. Of many changes in a row the last one counts.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/clock.h"
#include "engine/cli/rule_test_run.h"
#include "engine/config/config.h"
#include "engine/rules/rule_archive.h"
#include "engine/rules/rule_set.h"

namespace hookswitch::cli {

/// Why the files as they are do not rule.
struct RuleRefusal {
  std::string version;  // "" when they could not be read
  int64_t time_ms = 0;
  std::vector<RuleError> errors;
};

struct RuleWatchReport {
  std::optional<RuleRefusal> refused;    // the newest attempt, when it was refused
  std::optional<RuleTestOutcome> tests;  // of the newest attempt, when it was tested
  uint64_t refusals = 0;                 // since start
  uint64_t loads = 0;                    // sets handed over since start
};

class RuleWatch {
 public:
  struct Parts {
    std::string dir;
    RuleLimits limits;
    RulesReload reload = RulesReload::watch;
    RuleTestMode tests = RuleTestMode::warn;
    const Clock& clock;
    const RuleArchive& archive;
    /// Versions that must be kept, whatever their age.
    std::function<std::set<std::string>()> named;
    /// See run_tests_apart().
    std::function<Result<RuleTestOutcome>(const std::string& dir, const std::function<bool()>& stopped)> test;
    std::function<void(std::unique_ptr<RuleSet>)> adopt;  // called on this object's thread
  };

  explicit RuleWatch(Parts parts) : parts_(std::move(parts)) {}
  ~RuleWatch() { stop(); }

  /// The set to begin with: that of the files; when they are bad, or only tested ones may rule and they are not the
  /// last ones that ruled, those from the archive. `last_ruled`: their version, "" when none is known. [main]
  Result<std::unique_ptr<RuleSet>> first(const std::string& last_ruled);
  void start();
  void stop();
  /// Looks at the files again, also when they have not changed. [any]
  void reload();

  RuleWatchReport report() const;  // [any]

 private:
  /// A set that was read whole, or why not.
  struct Candidate {
    std::string look;  // at the files while it was read
    RuleSource source;
    std::unique_ptr<RuleSet> rules;
    std::vector<RuleError> errors;
  };

  /// Since the files changed, without a pause that sufficed to load them.
  struct Unrest {
    int64_t said_after_us = 0;
    bool said = false;
    bool overtaken = false;  // by another change, while tests ran
  };

  void run();
  std::unique_ptr<RuleSet> archived(const std::string& version) const;
  bool wait();
  void consider(bool asked);
  std::optional<std::string> rested(Unrest& unrest);
  void warn_of(Unrest& unrest) const;
  Candidate read() const;
  bool test(Candidate& candidate);
  void take(Candidate candidate);
  void refuse(const Candidate& candidate);
  void keep(const RuleSource& source) const;
  bool stopping() const;

  const Parts parts_;
  std::string seen_;  // look at the files that were dealt with
  std::string live_;  // version handed over last
  size_t live_rules_ = 0;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  bool stopping_ = false;
  bool asked_ = false;
  RuleWatchReport report_;
  std::thread thread_;
};

}  // namespace hookswitch::cli
