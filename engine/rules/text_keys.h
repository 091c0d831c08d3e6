// The text keys of a table in their order. The order in memory is another in every Lua state, so nothing that a rule
// can see, no message and no sum, may depend on it.
#pragma once

#include <lua.hpp>
#include <string_view>
#include <vector>

namespace hookswitch {

struct TextKeys {
  std::vector<std::string_view> keys;  // sorted; they live as long as the table has them
  bool numbers = false;                // there are numbers among the keys
  std::string_view other;              // the kind of a key that is neither, the first by name; "" when there is none

  bool only_texts() const { return !numbers && other.empty(); }
};
/// `table` is its place on the stack. Without metamethods.
TextKeys text_keys(lua_State* lua, int table);

}  // namespace hookswitch
