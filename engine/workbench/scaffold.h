// A first rule and its test, for an author to change: both work as they are written.
#pragma once

#include <string>
#include <vector>

#include "engine/base/error.h"

namespace hookswitch {

/// Writes <dir>/<name>.lua and <dir>/tests/<name>_test.lua and returns both paths. A name is a word of small letters,
/// digits and underscores that begins with a letter. Errors: invalid (the name), conflict (a file is there already),
/// io. Nothing is ever overwritten, and nothing is left when the second file cannot be written.
Result<std::vector<std::string>> write_rule_scaffold(const std::string& dir, const std::string& name);

}  // namespace hookswitch
