// What verbs print: aligned tables for people, JSON for programs, errors on stderr.
#pragma once

#include <string>
#include <vector>

#include "engine/base/error.h"
#include "engine/base/json.h"

namespace hookswitch::cli {

/// Prints columns under their titles; each row has as many cells as there are titles. Control characters
/// are printed as they are written in C.
void print_table(const std::vector<std::string>& titles, const std::vector<std::vector<std::string>>& rows);

/// A JSON value as one cell: strings without quotes, null as "-", control characters as they are written in C.
std::string cell(const Json& object, const std::string& key);

/// The beginning of a version of rules, as much as people need to tell it from another.
std::string brief(const std::string& version);

/// Prints the error and returns the exit code for it.
int report(const Error& error);

}  // namespace hookswitch::cli
