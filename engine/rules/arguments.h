// Reading what a rule passed to a function, with errors that say what was expected.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <lua.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/json.h"

namespace hookswitch {

/// Raises "file:line: <text>".
[[noreturn]] void raise(lua_State* lua, const std::string& text);

/// Of one call of the function `name`, for example "ctx.kpi:add". Indices count from 1 behind `self`.
class Arguments {
 public:
  /// A method is called with a colon: the first argument is its table. Otherwise it is told so.
  static Arguments method(lua_State* lua, const char* name);
  static Arguments function(lua_State* lua, const char* name) { return {lua, name, 0}; }

  bool has(int at) const { return !lua_isnoneornil(lua_, at + shift_); }
  std::string_view text(int at, const char* what) const;
  std::string_view text_or(int at, const char* what, std::string_view otherwise) const;
  double number(int at, const char* what) const;
  int64_t integer(int at, const char* what) const;
  void table(int at, const char* what) const;
  Json json(int at, const char* what) const;
  int index(int at) const { return at + shift_; }
  [[noreturn]] void refuse(const std::string& why) const;
  [[noreturn]] void expected(int at, const char* what, const char* kind) const;

 private:
  Arguments(lua_State* lua, const char* name, int shift) : lua_(lua), name_(name), shift_(shift) {}

  lua_State* lua_;
  const char* name_;
  int shift_;
};

/// The fields of a table argument such as {key=..., after=...}. Unknown ones are errors with a suggestion.
class Fields {
 public:
  Fields(lua_State* lua, int index, const char* function, std::initializer_list<std::string_view> known);

  std::optional<std::string> text(const char* name) const;
  std::string required_text(const char* name) const;
  std::optional<int64_t> integer(const char* name) const;
  /// Null when absent.
  Json json(const char* name) const;
  /// Pushes the field and gives its type.
  int push(const char* name) const;
  [[noreturn]] void refuse(const std::string& why) const;

 private:
  lua_State* lua_;
  int index_;
  const char* function_;
};

}  // namespace hookswitch
