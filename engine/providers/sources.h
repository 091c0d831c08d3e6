// The configured sources by name, shared by intake (verify) and processing (decode). A source appears when its plugin
// does, also while the engine runs.
#pragma once

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/providers/provider.h"

namespace hookswitch {

class Sources {
 public:
  /// Null when there is none of that name (yet). [any]
  std::shared_ptr<Source> find(std::string_view name) const {
    std::shared_lock lock(mutex_);
    auto found = sources_.find(std::string(name));
    return found == sources_.end() ? nullptr : found->second;
  }
  /// Adds or replaces. Whoever uses the old one keeps it until done. [any]
  void put(std::shared_ptr<Source> source) {
    std::unique_lock lock(mutex_);
    sources_.insert_or_assign(source->name(), std::move(source));
  }
  /// Sorted. [any]
  std::vector<std::string> names() const {
    std::shared_lock lock(mutex_);
    std::vector<std::string> out;
    for (const auto& [name, source] : sources_) out.push_back(name);
    std::ranges::sort(out);
    return out;
  }
  /// Of where nobody names one only these are chosen; until it is said, any. Rule tests have others beside those that
  /// somebody configured. [any]
  void choose_among(std::set<std::string> names) {
    std::unique_lock lock(mutex_);
    choices_ = std::move(names);
  }
  /// The names of those that may be chosen, sorted. [any]
  std::vector<std::string> choices() const {
    std::vector<std::string> out = names();
    std::shared_lock lock(mutex_);
    if (choices_) std::erase_if(out, [&](const std::string& name) { return !choices_->contains(name); });
    return out;
  }
  size_t size() const {
    std::shared_lock lock(mutex_);
    return sources_.size();
  }

 private:
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<Source>> sources_;
  std::optional<std::set<std::string>> choices_;
};

}  // namespace hookswitch
