// Of two rule sets: which rules they share, and whether they do the same with events of a type.
#pragma once

#include <string>
#include <unordered_map>

#include "engine/rules/rule_set.h"

namespace hookswitch {

class SameRules {  // [one thread]
 public:
  /// Both must live as long.
  SameRules(const RuleSet& one, const RuleSet& other);

  /// Whether the rules that handle such events are the same in both, of files with the same text and in the same order.
  bool handle(const std::string& type);

  /// Whether both have the same rules for whole calls, in the same order, whatever they do: what these said of a call
  /// is said again with every event.
  bool per_call() const { return per_call_; }

 private:
  bool compare(const std::string& type) const;

  const RuleSet& one_;
  const RuleSet& other_;
  const bool per_call_;
  std::unordered_map<std::string, bool> known_;
};

}  // namespace hookswitch
