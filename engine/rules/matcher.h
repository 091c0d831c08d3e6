// One search after another for a translated Lua pattern in one text.
#pragma once

#include <re2/re2.h>

#include <array>
#include <lua.hpp>
#include <optional>
#include <string_view>

#include "engine/rules/patterns.h"

namespace hookswitch {

/// Points into the text and the pattern cache: use it before another pattern is compiled (that is, not across calls
/// back into Lua without asking for the pattern again).
class Matcher {
 public:
  /// Errors of the pattern are raised.
  Matcher(lua_State* lua, std::string_view text, std::string_view pattern, bool anchors);

  /// The first match at or behind `from`. Charges for what was read.
  bool find(size_t from);
  size_t begin() const { return static_cast<size_t>(parts_[0].data() - text_.data()); }
  size_t end() const { return begin() + parts_[0].size(); }
  bool anchored() const { return pattern_->anchored; }
  bool literal() const { return pattern_->literal; }

  size_t captures() const { return pattern_->is_position.size(); }
  /// Pushes capture `at` (from 0): text, or its position for `()`.
  void push_capture(size_t at) const;
  /// Pushes all captures; the whole match when there are none and `whole`. Returns how many.
  int push_captures(bool whole) const;
  void push_whole() const;

 private:
  bool find_literal(size_t from);

  lua_State* lua_;
  std::string_view text_;
  std::string_view literal_;
  const LuaPattern* pattern_;
  std::array<re2::StringPiece, 33> parts_;
};

/// Where a search that begins at Lua position `init` begins in a text of `size` bytes; nullopt: behind its end.
std::optional<size_t> start_of(lua_Integer init, size_t size);

}  // namespace hookswitch
