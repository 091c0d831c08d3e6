// Lua source as a list of tokens with their lines: what checks of rules look at, so that words in comments and texts
// are not taken for code.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hookswitch {

struct LuaToken {
  enum class Kind { name, keyword, text, number, symbol };
  Kind kind = Kind::symbol;
  std::string text;  // of a text: what it says, escapes left as they are
  int line = 0;

  bool is(std::string_view other) const { return kind != Kind::text && text == other; }
};

/// Of source that compiles; of other source as much as can be told.
std::vector<LuaToken> lua_tokens(std::string_view source);

}  // namespace hookswitch
