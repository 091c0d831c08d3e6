// The names in one rule file: does ctx, event or a module have what is asked of it, and is every global one?
#pragma once

#include <set>
#include <string>
#include <vector>

#include "engine/rules/vocabulary.h"
#include "engine/workbench/lint.h"
#include "engine/workbench/lua_tokens.h"

namespace hookswitch {

/// Appends what is wrong. `file` is relative to the rules' directory; `libraries` are modules "lib.x" of the rule set.
void lint_names(const std::string& file, const std::vector<LuaToken>& tokens, const Vocabulary& words,
                const std::set<std::string>& libraries, std::vector<LintFinding>& findings);

}  // namespace hookswitch
