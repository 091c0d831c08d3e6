// The rules' directory: loads a set when files change, keeps the old one when the new one is bad, and says so.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/rules/rule_set.h"

namespace hookswitch::cli {

class RuleWatch {
 public:
  using Adopt = std::function<void(std::unique_ptr<RuleSet>)>;

  RuleWatch(std::string dir, RuleLimits limits) : dir_(std::move(dir)), limits_(limits) {}

  /// The set as it is now. [main]
  Result<std::unique_ptr<RuleSet>> load();
  /// Loads again when names, sizes or times of the files have changed since the last load. [main]
  void look(const Adopt& adopt);
  /// Loads again in any case. [main]
  void reload(const Adopt& adopt);

  /// What is wrong with the files as they are; none: the set in force is theirs. [any]
  std::vector<std::string> errors() const;
  uint64_t refused() const;

 private:
  std::string fingerprint() const;

  const std::string dir_;
  const RuleLimits limits_;
  std::string seen_;
  mutable std::mutex mutex_;  // guards what follows
  std::vector<std::string> errors_;
  uint64_t refused_ = 0;
};

}  // namespace hookswitch::cli
