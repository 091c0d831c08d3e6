// Compiling and searching on behalf of a rule, so that neither can take longer or more room than the rule may use.
#pragma once

#include <re2/re2.h>

#include <lua.hpp>
#include <string_view>

#include "engine/rules/patterns.h"

namespace hookswitch {

/// The compiled pattern, paid for; what is wrong with it is raised. Good until the next one is asked for.
const LuaPattern& lua_pattern(lua_State* lua, std::string_view pattern, bool anchors);
const RE2& re2_pattern(lua_State* lua, std::string_view function, std::string_view expression);

/// RE2::Match from `from` to the end of the text. RE2 is linear in the text, but also in the size of the pattern: a
/// search that could take longer than all steps of a run together ends the run before it begins. Pays for the bytes up
/// to the end of the match.
bool search(lua_State* lua, const RE2& re, std::string_view text, size_t from, bool anchored, re2::StringPiece* parts,
            int count);

}  // namespace hookswitch
