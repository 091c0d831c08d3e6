#include "engine/workbench/test_checks.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/rules/api.h"
#include "engine/rules/arguments.h"
#include "engine/rules/lua_json.h"
#include "engine/workbench/mismatch.h"
#include "engine/workbench/test_script.h"

namespace hookswitch {
namespace {

constexpr size_t kExpressionBytes = 100;

/// Where the running check was called, and by which name.
struct Place {
  int line = 0;
  std::string function;
};

Place calling_place(lua_State* lua) {
  Place place;
  lua_Debug info;
  if (lua_getstack(lua, 0, &info) != 0 && lua_getinfo(lua, "n", &info) != 0 && info.name != nullptr) {
    place.function = info.name;
  }
  if (lua_getstack(lua, 1, &info) != 0 && lua_getinfo(lua, "l", &info) != 0) place.line = info.currentline;
  return place;
}

/// Ends the test; the first failure stands, whatever a pcall makes of it.
[[noreturn]] void fail_check(lua_State* lua, std::vector<std::string> lines) {
  TestContext& context = TestScript::context_of(lua);
  if (context.failure.empty()) {
    context.failure = lines;
    context.failure.insert(context.failure.end(), context.hints.begin(), context.hints.end());
    context.failure_line = calling_place(lua).line;
  }
  raise(lua, lines.empty() ? "a check failed" : lines.front());
}

/// What was read for this check is none of the next one's business.
int passed(lua_State* lua) {
  TestScript::context_of(lua).hints.clear();
  return 0;
}

std::string what_of(lua_State* lua, int note) {
  if (lua_type(lua, note) == LUA_TSTRING) return lua_tostring(lua, note);
  const Place place = calling_place(lua);
  return first_argument(TestScript::context_of(lua).text, place.line, place.function);
}

std::optional<Json> value_at(lua_State* lua, int index, const char* function, const char* what) {
  if (lua_isnoneornil(lua, index)) return std::nullopt;
  return read_json(lua, index, function, what);
}

int compare(lua_State* lua, const char* function, Compare how) {
  lua_settop(lua, 3);
  auto got = value_at(lua, 1, function, "the first argument");
  auto expected = value_at(lua, 2, function, "the expected value");
  auto lines = mismatches(what_of(lua, 3), expected, got, how);
  if (!lines.empty()) fail_check(lua, std::move(lines));
  return passed(lua);
}

int equal(lua_State* lua) { return compare(lua, "t.equal", Compare::whole); }
int matches(lua_State* lua) { return compare(lua, "t.matches", Compare::part); }

/// The lines that the nearest item would need changed.
std::vector<std::string> nearest_mismatch(const std::string& what, const Json& list, const Json& expected) {
  std::vector<std::string> best;
  for (size_t i = 0; i < list.size(); ++i) {
    auto lines = mismatches(fmt::format("{}[{}]", what, i + 1), expected, list[i], Compare::part);
    if (lines.empty()) return {};
    if (best.empty() || lines.size() < best.size()) best = std::move(lines);
  }
  std::string found =
      list.empty() ? "found an empty list" : fmt::format("none of the {} items is; the nearest:", list.size());
  best.insert(best.begin(), fmt::format("{}: expected an item {}, {}", what, shown(expected), found));
  return best;
}

int contains(lua_State* lua) {
  lua_settop(lua, 3);
  auto list = value_at(lua, 1, "t.contains", "the list");
  auto expected = value_at(lua, 2, "t.contains", "the expected item");
  const std::string what = what_of(lua, 3);
  if (!expected) raise(lua, "t.contains: found nil as the expected item");
  if (!list || !(list->is_array() || (list->is_object() && list->empty()))) {
    fail_check(lua, {fmt::format("{}: expected a list, got {}", what, shown(list))});
  }
  auto lines = nearest_mismatch(what, *list, *expected);
  if (!lines.empty()) fail_check(lua, std::move(lines));
  return passed(lua);
}

int ok(lua_State* lua) {
  lua_settop(lua, 2);
  if (lua_toboolean(lua, 1) != 0) return passed(lua);
  fail_check(lua, {fmt::format("{}: expected something true, got {}", what_of(lua, 2),
                               shown(value_at(lua, 1, "t.ok", "the value")))});
}

/// t.fails(function, text): it raises an error with this text in it.
int fails(lua_State* lua) {
  lua_settop(lua, 2);
  const auto arguments = Arguments::function(lua, "t.fails");
  const std::string expected(arguments.text_or(2, "text", ""));
  if (!lua_isfunction(lua, 1)) arguments.expected(1, "function", "a function");
  lua_pushvalue(lua, 1);
  const int status = lua_pcall(lua, 0, 0, 0);
  Sandbox& sandbox = Sandbox::of(lua);
  if (status == LUA_ERRMEM) sandbox.note_out_of_memory();
  if (sandbox.stopped() || !TestScript::context_of(lua).failure.empty()) return lua_error(lua);
  if (status == LUA_OK) fail_check(lua, {fmt::format("expected an error with \"{}\", got none", expected)});
  const char* text = lua_tostring(lua, -1);
  std::string got = text != nullptr ? text : luaL_typename(lua, -1);
  if (got.find(expected) == std::string::npos) {
    fail_check(lua, {fmt::format("expected an error with \"{}\", got \"{}\"", expected, got)});
  }
  return 0;
}

/// Where the argument that begins at `at` ends: the first comma or bracket that is not inside of it.
size_t argument_end(const std::string& text, size_t at) {
  int depth = 0;
  char quote = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quote != 0) {
      if (c == '\\') ++at;
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '(' || c == '[' || c == '{') {
      ++depth;
    } else if (c == ')' || c == ']' || c == '}' || c == ',') {
      if (depth == 0) return at;
      if (c != ',') --depth;
    }
  }
  return at;
}

/// Every run of blanks is one blank, but none at the ends.
std::string one_line(std::string_view text) {
  std::string out;
  for (char c : text) {
    const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!blank || (!out.empty() && out.back() != ' ')) out += blank ? ' ' : c;
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace

std::string first_argument(const std::string& text, int line, const std::string& function) {
  size_t at = 0;
  for (int i = 1; i < line && at != std::string::npos; ++i) at = text.find('\n', at) + 1;
  at = text.find(function + "(", at);
  if (function.empty() || line < 1 || at == std::string::npos) return "value";
  at += function.size() + 1;
  std::string out = one_line(std::string_view(text).substr(at, argument_end(text, at) - at));
  const bool literal = out.empty() || std::string_view("{\"'[").find(out[0]) != std::string_view::npos;
  if (literal) return "value";
  return out.size() > kExpressionBytes ? out.substr(0, kExpressionBytes) + "..." : out;
}

void add_test_checks(lua_State* lua) {
  set_function<equal>(lua, "equal");
  set_function<matches>(lua, "matches");
  set_function<contains>(lua, "contains");
  set_function<ok>(lua, "ok");
  set_function<fails>(lua, "fails");
}

}  // namespace hookswitch
