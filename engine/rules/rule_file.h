// What a rule file returned, checked: its rules with their handlers.
#pragma once

#include <lua.hpp>
#include <string>
#include <vector>

#include "engine/rules/rule_set.h"

namespace hookswitch {

struct LoadedRule {
  RuleInfo info;
  int handler = LUA_NOREF;  // of the registry
};

/// Reads the value on top (a rule or a list of rules) and pops it. Appends what is right to `rules` and what is wrong
/// to `errors`.
void read_rules(lua_State* lua, const std::string& file, std::vector<LoadedRule>& rules,
                std::vector<RuleError>& errors);

/// Whether `pattern` ("call.ended", "call.*", "*") covers the event type.
bool covers(std::string_view pattern, std::string_view type);

}  // namespace hookswitch
