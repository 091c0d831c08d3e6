#include "engine/config/issues.h"

#include <fmt/format.h>

#include <algorithm>

namespace hookswitch {

void Issues::error(int line, std::string_view what, std::string_view found, std::string_view expected) {
  errors_.push_back({line, fmt::format("{}: found {}, expected {}", what, found, expected)});
}

void Issues::warning(int line, std::string_view what, std::string_view found, std::string_view expected) {
  warnings_.push_back({line, fmt::format("{}: found {}, expected {}", what, found, expected)});
}

std::vector<std::string> Issues::printed(std::vector<Issue> issues) const {
  std::stable_sort(issues.begin(), issues.end(), [](const Issue& a, const Issue& b) { return a.line < b.line; });
  std::vector<std::string> out;
  for (const Issue& issue : issues) out.push_back(fmt::format("{}:{}: {}", file_, issue.line, issue.text));
  return out;
}

}  // namespace hookswitch
