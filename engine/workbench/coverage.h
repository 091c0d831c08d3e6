// Which lines of the rules ran.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/error.h"

namespace hookswitch {

struct FileCoverage {
  std::string file;
  size_t lines = 0;  // that hold instructions
  size_t run = 0;
  std::vector<std::pair<int, int>> missed;  // ranges of lines, first and last; lines without instructions join them
};

/// The lines of a Lua source that hold instructions; `invalid` when it does not compile. The end of a function, where
/// Lua returns by itself, is none.
Result<std::set<int>> executable_lines(const std::string& text, const std::string& file);

/// One file's lines against those that ran.
FileCoverage file_coverage(const std::string& file, const std::set<int>& executable, const std::set<int>& run);

/// "12-14, 20"
std::string line_ranges(const std::vector<std::pair<int, int>>& ranges);

}  // namespace hookswitch
