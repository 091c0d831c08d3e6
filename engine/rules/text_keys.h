// The text keys of a table in their order. The order in memory is another in every Lua state, so nothing that a rule
// can see, no message and no sum, may depend on it.
#pragma once

#include <lua.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace hookswitch {

struct TextKeys {
  std::vector<std::string> keys;  // sorted
  bool numbers = false;           // there are numbers among the keys
  std::string_view other;         // the kind of a key that is neither, the first by name; "" when there is none

  std::vector<std::string_view> views() const { return {keys.begin(), keys.end()}; }
  bool only_texts() const { return !numbers && other.empty(); }
};
/// `table` is its place on the stack. Without metamethods. The keys are copied, and must find room.
TextKeys text_keys(lua_State* lua, int table);

}  // namespace hookswitch
