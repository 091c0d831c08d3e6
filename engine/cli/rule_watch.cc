#include "engine/cli/rule_watch.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>

namespace hookswitch::cli {
namespace fs = std::filesystem;

std::string RuleWatch::fingerprint() const {
  std::vector<std::string> lines;
  std::error_code error;
  for (fs::recursive_directory_iterator it(dir_, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() != ".lua") continue;
    std::error_code gone;  // a file may vanish while it is looked at
    auto time = it->last_write_time(gone).time_since_epoch().count();
    auto size = it->file_size(gone);
    lines.push_back(fmt::format("{} {} {}\n", it->path().string(), time, size));
  }
  std::ranges::sort(lines);
  return fmt::format("{}", fmt::join(lines, ""));
}

Result<std::unique_ptr<RuleSet>> RuleWatch::load() {
  seen_ = fingerprint();
  std::vector<RuleError> errors;
  auto rules = RuleSet::load(dir_, limits_, &errors);
  std::lock_guard lock(mutex_);
  errors_.clear();
  for (const RuleError& error : errors) errors_.push_back(error.message());
  if (!rules && errors_.empty()) errors_.push_back(rules.error().message);
  if (!rules) ++refused_;
  return rules;
}

void RuleWatch::look(const Adopt& adopt) {
  if (fingerprint() != seen_) reload(adopt);
}

void RuleWatch::reload(const Adopt& adopt) {
  auto rules = load();
  if (rules) {
    spdlog::info("rules loaded from {}: {} rules, version {}", dir_, (*rules)->rules().size(),
                 (*rules)->hash().substr(0, 12));
    return adopt(std::move(*rules));
  }
  for (const std::string& error : errors()) spdlog::error("rules not loaded, the former ones stay in force: {}", error);
}

std::vector<std::string> RuleWatch::errors() const {
  std::lock_guard lock(mutex_);
  return errors_;
}

uint64_t RuleWatch::refused() const {
  std::lock_guard lock(mutex_);
  return refused_;
}

}  // namespace hookswitch::cli
