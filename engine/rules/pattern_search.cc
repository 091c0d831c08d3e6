#include "engine/rules/pattern_search.h"

#include <fmt/format.h>

#include "engine/base/limits.h"
#include "engine/rules/arguments.h"
#include "engine/rules/sandbox.h"

namespace hookswitch {
namespace {

constexpr uint64_t kWorkPerStep = 1'024;     // states of the pattern tried for one byte each, at the very worst
constexpr uint64_t kSmallWork = 1 << 18;     // not worth a second look
constexpr uint64_t kStatesPerCompiled = 16;  // one step compiles so many

uint64_t states(const RE2& re) { return static_cast<uint64_t>(std::max(1, re.ProgramSize())); }

void check_length(lua_State* lua, std::string_view pattern) {
  Sandbox::of(lua).charge(pattern.size() / kBytesPerStep);
  if (pattern.size() <= limits::kRulePatternText) return;
  raise(lua, fmt::format("the pattern has {} bytes, expected at most {}", pattern.size(), limits::kRulePatternText));
}

bool match(const RE2& re, std::string_view text, size_t from, size_t end, RE2::Anchor anchor, re2::StringPiece* parts,
           int count) {
  return re.Match(re2::StringPiece(text.data(), text.size()), from, end, anchor, parts, count);
}

/// Where a match lies costs little to find out; its groups cost the most, so they are looked for inside it alone.
bool search_in_two_steps(lua_State* lua, const RE2& re, std::string_view text, size_t from, RE2::Anchor anchor,
                         re2::StringPiece* parts, int count) {
  re2::StringPiece whole;
  if (!match(re, text, from, text.size(), anchor, &whole, 1)) return false;
  const auto begin = static_cast<size_t>(whole.data() - text.data());
  Sandbox::of(lua).brace(whole.size() * states(re) / kWorkPerStep * static_cast<uint64_t>(count));
  return match(re, text, begin, begin + whole.size(), RE2::ANCHOR_BOTH, parts, count);
}

}  // namespace

const LuaPattern& lua_pattern(lua_State* lua, std::string_view pattern, bool anchors) {
  check_length(lua, pattern);
  Patterns& patterns = Sandbox::of(lua).patterns();
  const size_t before = patterns.compiled();
  auto compiled = patterns.lua(pattern, anchors);
  if (!compiled) luaL_error(lua, "%s", compiled.error().c_str());
  if (patterns.compiled() != before) Sandbox::of(lua).charge(states(*(*compiled)->expression) / kStatesPerCompiled);
  return **compiled;
}

const RE2& re2_pattern(lua_State* lua, std::string_view function, std::string_view expression) {
  check_length(lua, expression);
  Patterns& patterns = Sandbox::of(lua).patterns();
  const size_t before = patterns.compiled();
  auto compiled = patterns.re2(expression);
  if (!compiled) raise(lua, fmt::format("{}: {}", function, compiled.error()));
  if (patterns.compiled() != before) Sandbox::of(lua).charge(states(**compiled) / kStatesPerCompiled);
  return **compiled;
}

bool search(lua_State* lua, const RE2& re, std::string_view text, size_t from, bool anchored, re2::StringPiece* parts,
            int count) {
  const RE2::Anchor anchor = anchored ? RE2::ANCHOR_START : RE2::UNANCHORED;
  const uint64_t work = (text.size() - from) * states(re);
  Sandbox::of(lua).brace(work / kWorkPerStep);
  const bool found = count <= 1 || work < kSmallWork ? match(re, text, from, text.size(), anchor, parts, count)
                                                     : search_in_two_steps(lua, re, text, from, anchor, parts, count);
  const size_t end =
      found && count > 0 ? static_cast<size_t>(parts[0].data() - text.data()) + parts[0].size() : text.size();
  Sandbox::of(lua).charge(kStepsPerSearch + (end - from) / kBytesPerStep);
  return found;
}

}  // namespace hookswitch
