// Of two rule sets: which rules they share, and whether they do the same with events of a type.
#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>

#include "engine/rules/rule_set.h"

namespace hookswitch {

class SameRules {  // [one thread]
 public:
  /// Both must live as long.
  SameRules(const RuleSet& one, const RuleSet& other);

  /// Whether the rules that handle such events are the same in both, of files with the same text and in the same order.
  bool handle(const std::string& type);

  /// Whether both have this rule.
  bool have(const std::string& rule) const { return both_.contains(rule); }

  /// Whether what one of them says can be compared with what the other says of the same event. Both have the same rules
  /// for whole calls, whatever these do: what they said of a call is said again with every event. And the rules that both
  /// have, changed or not, run in the same order: what runs before a rule decides what it sees.
  bool in_step() const { return in_step_; }

 private:
  bool compare(const std::string& type) const;

  const RuleSet& one_;
  const RuleSet& other_;
  const bool in_step_;
  std::unordered_set<std::string> both_;
  std::unordered_map<std::string, bool> known_;
};

}  // namespace hookswitch
