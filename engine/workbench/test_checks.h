// The checks of rule tests: t.equal and its like. Each says by path what differs, and ends the test.
#pragma once

#include <lua.hpp>
#include <string>

namespace hookswitch {

/// Sets the checks in the table on top.
void add_test_checks(lua_State* lua);

/// What was written as the first argument of the call of `function` that begins in line `line` (from 1) of `text`:
/// `e.call.disposition`. "value" when that would say nothing (a literal, something long) or cannot be found.
std::string first_argument(const std::string& text, int line, const std::string& function);

}  // namespace hookswitch
