#include "engine/rules/matcher.h"

#include <cstring>

#include "engine/rules/pattern_search.h"
#include "engine/rules/sandbox.h"

namespace hookswitch {
Matcher::Matcher(lua_State* lua, std::string_view text, std::string_view pattern, bool anchors)
    : lua_(lua), text_(text), literal_(pattern) {
  pattern_ = &lua_pattern(lua, pattern, anchors);
}

bool Matcher::find_literal(size_t from) {
  const void* found = literal_.empty()
                          ? text_.data() + from
                          : memmem(text_.data() + from, text_.size() - from, literal_.data(), literal_.size());
  if (found == nullptr) return false;
  parts_[0] = re2::StringPiece(static_cast<const char*>(found), literal_.size());
  return true;
}

bool Matcher::find(size_t from) {
  if (!pattern_->literal) {
    return search(lua_, *pattern_->expression, text_, from, pattern_->anchored, parts_.data(),
                  static_cast<int>(captures()) + 1);
  }
  const bool found = find_literal(from);
  Sandbox::of(lua_).charge(kStepsPerSearch + ((found ? end() : text_.size()) - from) / kBytesPerStep);
  return found;
}

void Matcher::push_capture(size_t at) const {
  const re2::StringPiece& part = parts_[at + 1];
  if (pattern_->is_position[at]) {
    lua_pushinteger(lua_, part.data() - text_.data() + 1);
  } else {
    lua_pushlstring(lua_, part.data(), part.size());
  }
}

void Matcher::push_whole() const { lua_pushlstring(lua_, parts_[0].data(), parts_[0].size()); }

int Matcher::push_captures(bool whole) const {
  if (captures() == 0 && whole) return push_whole(), 1;
  luaL_checkstack(lua_, static_cast<int>(captures()), "too many captures");
  for (size_t at = 0; at < captures(); ++at) push_capture(at);
  return static_cast<int>(captures());
}

std::optional<size_t> start_of(lua_Integer init, size_t size) {
  const auto length = static_cast<lua_Integer>(size);
  if (init < 0) init = init < -length ? 1 : length + init + 1;
  if (init == 0) init = 1;
  if (init > length + 1) return std::nullopt;
  return static_cast<size_t>(init - 1);
}

}  // namespace hookswitch
