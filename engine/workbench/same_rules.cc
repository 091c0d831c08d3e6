#include "engine/workbench/same_rules.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "engine/rules/rule_file.h"

namespace hookswitch {
namespace {

constexpr size_t kTypesRemembered = 1'024;

std::vector<std::string_view> names_per_call(const RuleSet& rules) {
  std::vector<std::string_view> out;
  for (const RuleInfo& rule : rules.rules()) {
    if (rule.per_call) out.push_back(rule.name);
  }
  return out;
}

// Those whose name the other set has too, changed or not, in the order they run.
std::vector<std::string_view> names_shared(const RuleSet& rules, const RuleSet& other) {
  std::vector<std::string_view> out;
  for (const RuleInfo& rule : rules.rules()) {
    if (std::ranges::find(other.rules(), rule.name, &RuleInfo::name) != other.rules().end()) out.push_back(rule.name);
  }
  return out;
}

// In the order they run.
std::vector<const RuleInfo*> handlers(const RuleSet& rules, const std::string& type) {
  std::vector<const RuleInfo*> out;
  for (const RuleInfo& rule : rules.rules()) {
    if (std::ranges::any_of(rule.on, [&](const std::string& pattern) { return covers(pattern, type); }))
      out.push_back(&rule);
  }
  return out;
}

bool same(const RuleInfo* one, const RuleInfo* other) {
  return one->name == other->name && one->per_call == other->per_call && one->version == other->version;
}

}  // namespace

SameRules::SameRules(const RuleSet& one, const RuleSet& other)
    : one_(one),
      other_(other),
      in_step_(names_per_call(one) == names_per_call(other) && names_shared(one, other) == names_shared(other, one)) {
  for (const RuleInfo& rule : one.rules()) {
    if (std::ranges::any_of(other.rules(), [&](const RuleInfo& its) { return same(&rule, &its); }))
      both_.insert(rule.name);
  }
}

bool SameRules::handle(const std::string& type) {
  if (!in_step_) return false;
  if (auto found = known_.find(type); found != known_.end()) return found->second;
  if (known_.size() >= kTypesRemembered) known_.clear();
  return known_[type] = compare(type);
}

bool SameRules::compare(const std::string& type) const {
  return std::ranges::equal(handlers(one_, type), handlers(other_, type), same);
}

}  // namespace hookswitch
