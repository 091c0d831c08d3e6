#include "engine/cli/print.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "engine/base/printable.h"
#include "engine/cli/verbs.h"

namespace hookswitch::cli {
namespace {

constexpr size_t kVersionDigits = 12;

}  // namespace

void print_table(const std::vector<std::string>& titles, const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  for (const auto& title : titles) widths.push_back(title.size());
  std::vector<std::vector<std::string>> lines = rows;
  for (auto& line : lines) {
    for (size_t i = 0; i < line.size(); ++i) {
      line[i] = printable(line[i]);
      widths[i] = std::max(widths[i], line[i].size());
    }
  }
  auto print_row = [&](const std::vector<std::string>& row) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) line += fmt::format("{:<{}}  ", row[i], widths[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    fmt::print("{}\n", line);
  };
  print_row(titles);
  for (const auto& line : lines) print_row(line);
}

std::string cell(const Json& object, const std::string& key) {
  auto found = object.find(key);
  if (found == object.end() || found->is_null()) return "-";
  return printable(found->is_string() ? found->get<std::string>() : dump(*found));
}

std::string brief(const std::string& version) { return version.substr(0, kVersionDigits); }

int report(const Error& error) {
  fmt::print(stderr, "hookswitch: {}\n", error.message);
  return kFailed;
}

}  // namespace hookswitch::cli
