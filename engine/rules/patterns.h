// Lua patterns as RE2 expressions: the same matches in linear time, compiled once and kept.
#pragma once

#include <re2/re2.h>

#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace hookswitch {

// What looking for something in a text costs a rule: RE2 takes about half a microsecond to start.
constexpr size_t kBytesPerStep = 16;
constexpr uint64_t kStepsPerSearch = 4;

/// A Lua pattern, translated. Bytes are matched as bytes, as Lua does.
struct LuaPattern {
  std::unique_ptr<RE2> expression;
  std::vector<bool> is_position;  // per capture: `()` yields a position instead of text
  bool anchored = false;          // began with ^
  bool literal = false;           // nothing special in it: search for the text itself
};

/// What RE2 needs to match as the Lua pattern would. The error is for the rule's author.
struct Translation {
  std::string expression;
  std::vector<bool> is_position;
  bool anchored = false;
  bool literal = false;
};
/// `%b`, `%f` and back references have no linear-time equal and are refused. With `anchors` false (gmatch) a leading ^
/// is an ordinary character.
std::expected<Translation, std::string> translate(std::string_view pattern, bool anchors);

/// Compiled patterns by text. Bounded: when full it starts anew.
class Patterns {
 public:
  /// A Lua pattern. The pointer is good until the next call.
  std::expected<const LuaPattern*, std::string> lua(std::string_view pattern, bool anchors);
  /// An RE2 expression over UTF-8 text, for hookswitch.text.
  std::expected<const RE2*, std::string> re2(std::string_view expression);
  /// How many were compiled so far: tells what was found from what was made.
  size_t compiled() const { return compiled_; }

 private:
  size_t compiled_ = 0;
  std::unordered_map<std::string, std::unique_ptr<LuaPattern>> lua_;
  std::unordered_map<std::string, std::unique_ptr<RE2>> re2_;
};

}  // namespace hookswitch
