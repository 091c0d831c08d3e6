// The files of a rules directory, read before anything is compiled.
#pragma once

#include <map>
#include <string>

#include "engine/base/error.h"
#include "engine/rules/modules.h"

namespace hookswitch {

struct RuleSource {
  std::map<std::string, std::string> rules;  // file name -> text
  LibraryFiles library;                      // module name -> text
  std::string hash;                          // SHA-256 over all names and texts
};

/// Every *.lua directly in `dir`, and every *.lua below its folder lib/.
Result<RuleSource> read_rule_source(const std::string& dir);

/// "lib.a.b" -> "lib/a/b.lua"
std::string library_path(const std::string& module);

}  // namespace hookswitch
