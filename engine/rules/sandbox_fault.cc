// How an error inside Lua becomes a RuleError: which kind, which file and line, which reason.
#include <algorithm>
#include <charconv>

#include "engine/base/limits.h"
#include "engine/rules/sandbox.h"

namespace hookswitch {
namespace {

struct Prefix {
  std::string_view file;
  int line = 0;
  size_t length = 0;
};

/// The "file.lua:12: " that Lua puts in front of a message. A path may hold colons, so the last ".lua:" before the
/// first blank counts.
Prefix position_prefix(std::string_view message) {
  const size_t mark = message.find(".lua:");
  if (mark == std::string_view::npos) return {};
  const char* number = message.data() + mark + 5;
  const char* end = message.data() + message.size();
  Prefix out{message.substr(0, mark + 4)};
  const auto [after, code] = std::from_chars(number, end, out.line);
  if (code != std::errc{} || end - after < 2 || after[0] != ':' || after[1] != ' ') return {};
  out.length = static_cast<size_t>(after - message.data()) + 2;
  return out;
}

}  // namespace

/// The innermost Lua function at or above `level`. Allocates nothing in Lua: also called from the allocator.
Sandbox::Position Sandbox::position(int level) const {
  lua_Debug info;
  for (; lua_getstack(lua_, level, &info) != 0; ++level) {
    lua_getinfo(lua_, "Sl", &info);
    if (info.currentline > 0) return {info.source + (info.source[0] == '@'), info.short_src, info.currentline};
  }
  return {};
}

/// The message handler: notes where, while the stack still stands.
int Sandbox::on_error(lua_State* lua) {
  Sandbox& sandbox = of(lua);
  sandbox.where_ = sandbox.position(1);
  return 1;
}

RuleError Sandbox::fault(int status) {
  if (status == LUA_ERRMEM && stop_ == Stop::none) stop_ = Stop::memory;
  if (stop_ == Stop::none) {
    const char* text = lua_tostring(lua_, -1);
    return fault_of_message(text != nullptr ? text : fmt::format("error with a {} value", luaL_typename(lua_, -1)));
  }
  RuleError error{.file = where_.file, .line = where_.line, .reason = stop_reason()};
  error.kind = stop_ == Stop::memory    ? RuleError::Kind::memory
               : stop_ == Stop::gave_up ? RuleError::Kind::gave_up
                                        : RuleError::Kind::steps;
  lua_sethook(lua_, nullptr, 0, 0);
  return error;
}

RuleError Sandbox::fault_of_message(std::string message) const {
  RuleError error;
  if (!denied_.empty() && message == denied_) error.kind = RuleError::Kind::denied;
  const Prefix prefix = position_prefix(message);
  error.file = prefix.file == where_.shown || prefix.length == 0 ? where_.file : std::string(prefix.file);
  error.line = prefix.length == 0 ? where_.line : prefix.line;
  error.reason = message.substr(prefix.length, limits::kRuleErrorBytes);
  return error;
}

}  // namespace hookswitch
