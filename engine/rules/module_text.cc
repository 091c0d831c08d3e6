// hookswitch.text: match, find_all, replace (RE2, UTF-8, linear time), lower, trim, split, contains_word, score,
// scores, keywords, categories.
#include <re2/re2.h>

#include <cstring>

#include "engine/rules/api.h"
#include "engine/rules/arguments.h"
#include "engine/rules/compiled_keywords.h"
#include "engine/rules/lua_json.h"
#include "engine/rules/modules.h"
#include "engine/rules/pattern_search.h"
#include "engine/rules/read_only.h"

namespace hookswitch {
namespace {

using re2::StringPiece;

void push_text(lua_State* lua, std::string_view text) { lua_pushlstring(lua, text.data(), text.size()); }

std::string_view view(const StringPiece& piece) { return {piece.data(), piece.size()}; }

const RE2& expression(lua_State* lua, const char* function, const Arguments& arguments) {
  return re2_pattern(lua, function, arguments.text(2, "expression"));
}

/// Pushes the groups of a match, or the whole match when there are none. A group that took no part is nil.
int push_groups(lua_State* lua, const std::vector<StringPiece>& parts) {
  luaL_checkstack(lua, static_cast<int>(parts.size()), "too many groups");
  if (parts.size() == 1) return push_text(lua, {parts[0].data(), parts[0].size()}), 1;
  for (size_t at = 1; at < parts.size(); ++at) {
    parts[at].data() != nullptr ? push_text(lua, {parts[at].data(), parts[at].size()}) : lua_pushnil(lua);
  }
  return static_cast<int>(parts.size()) - 1;
}

int match(lua_State* lua) {
  const auto arguments = Arguments::function(lua, "text.match");
  const std::string_view text = arguments.text(1, "text");
  const RE2& re = expression(lua, "text.match", arguments);
  std::vector<StringPiece> parts(static_cast<size_t>(re.NumberOfCapturingGroups()) + 1);
  if (!search(lua, re, text, 0, false, parts.data(), static_cast<int>(parts.size()))) return lua_pushnil(lua), 1;
  return push_groups(lua, parts);
}

/// Every match: its first group when there is one, else all of it.
int find_all(lua_State* lua) {
  const auto arguments = Arguments::function(lua, "text.find_all");
  const std::string_view text = arguments.text(1, "text");
  const RE2& re = expression(lua, "text.find_all", arguments);
  const int shown = re.NumberOfCapturingGroups() > 0 ? 1 : 0;
  StringPiece parts[2];
  lua_newtable(lua);
  mark_array(lua);
  lua_Integer count = 0;
  for (size_t from = 0; from <= text.size();) {
    if (!search(lua, re, text, from, false, parts, shown + 1)) break;
    push_text(lua, view(parts[shown]));
    lua_rawseti(lua, -2, ++count);
    const size_t end = static_cast<size_t>(parts[0].data() - text.data()) + parts[0].size();
    from = parts[0].empty() ? end + 1 : end;
  }
  return 1;
}

/// Where the code point at `at` ends.
size_t next_letter(std::string_view text, size_t at) {
  for (++at; at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;) ++at;
  return std::min(at, text.size());
}

void append(lua_State* lua, std::string_view bytes, std::string& out) {
  Sandbox::of(lua).charge(bytes.size() / 16);
  Sandbox::of(lua).make_room(2 * (out.size() + bytes.size()));
  out.append(bytes);
}

/// RE2 rewrites a match in one go, however much comes of it.
void make_room_for(lua_State* lua, std::string_view rewrite, const std::vector<StringPiece>& parts, size_t already) {
  size_t size = rewrite.size();
  for (size_t at = 0; at + 1 < rewrite.size(); ++at) {
    if (rewrite[at] != '\\') continue;
    const auto part = static_cast<size_t>(rewrite[++at] - '0');
    if (part < parts.size()) size += parts[part].size();
  }
  Sandbox::of(lua).make_room(2 * (already + size));
}

/// Every match rewritten, in one pass that pays for each search: RE2's own replacing cannot be stopped. An empty match
/// right behind a match does not count.
std::string replaced(lua_State* lua, const RE2& re, std::string_view text, std::string_view rewrite) {
  std::vector<StringPiece> parts(static_cast<size_t>(RE2::MaxSubmatch({rewrite.data(), rewrite.size()})) + 1);
  std::string out;
  size_t copied = 0;
  size_t last_end = text.size() + 1;
  for (size_t from = 0; from <= text.size();) {
    if (!search(lua, re, text, from, false, parts.data(), static_cast<int>(parts.size()))) break;
    const auto begin = static_cast<size_t>(parts[0].data() - text.data());
    const size_t end = begin + parts[0].size();
    const bool counts = begin != end || begin != last_end;
    append(lua, text.substr(copied, begin - copied), out);
    copied = begin;
    if (counts) {
      make_room_for(lua, rewrite, parts, out.size());
      std::string written;
      re.Rewrite(&written, {rewrite.data(), rewrite.size()}, parts.data(), static_cast<int>(parts.size()));
      append(lua, written, out);
      copied = last_end = end;
    }
    from = begin == end ? next_letter(text, end) : end;
    if (begin == end && end == text.size()) break;
  }
  append(lua, text.substr(copied), out);
  return out;
}

int replace(lua_State* lua) {
  const auto arguments = Arguments::function(lua, "text.replace");
  const std::string_view text = arguments.text(1, "text");
  const RE2& re = expression(lua, "text.replace", arguments);
  const std::string_view rewrite = arguments.text(3, "replacement");
  std::string problem;
  if (!re.CheckRewriteString({rewrite.data(), rewrite.size()}, &problem)) arguments.refuse("replacement: " + problem);
  push_text(lua, replaced(lua, re, text, rewrite));
  return 1;
}

std::string_view charged_text(lua_State* lua, const char* function) {
  const std::string_view text = Arguments::function(lua, function).text(1, "text");
  Sandbox::of(lua).charge(1 + text.size() / 16);
  return text;
}

int lower(lua_State* lua) {
  push_text(lua, lower_text(charged_text(lua, "text.lower")));
  return 1;
}

int trim(lua_State* lua) {
  std::string_view text = charged_text(lua, "text.trim");
  constexpr std::string_view kBlank = " \t\r\n\v\f";
  const size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return push_text(lua, ""), 1;
  push_text(lua, text.substr(first, text.find_last_not_of(kBlank) - first + 1));
  return 1;
}

/// Where the separator comes next; the end of the text when it does not. Linear also for long separators.
size_t find(std::string_view text, std::string_view separator, size_t from) {
  const void* found = memmem(text.data() + from, text.size() - from, separator.data(), separator.size());
  return found == nullptr ? text.size() : static_cast<size_t>(static_cast<const char*>(found) - text.data());
}

/// split("a,b,", ",") -> {"a", "b", ""}
int split(lua_State* lua) {
  const std::string_view text = charged_text(lua, "text.split");
  const auto arguments = Arguments::function(lua, "text.split");
  const std::string_view separator = arguments.text(2, "separator");
  if (separator.empty()) arguments.refuse("separator: found an empty text");
  lua_newtable(lua);
  mark_array(lua);
  lua_Integer count = 0;
  for (size_t from = 0; from <= text.size();) {
    const size_t end = find(text, separator, from);
    push_text(lua, text.substr(from, end - from));
    lua_rawseti(lua, -2, ++count);
    from = end + separator.size();
    if (end == text.size()) break;
  }
  return 1;
}

/// How scoring pays for what it compares.
Keywords::Pay pay(lua_State* lua) {
  return [lua](size_t bytes) { Sandbox::of(lua).charge(bytes / 16); };
}

int contains_word(lua_State* lua) {
  const std::string_view text = charged_text(lua, "text.contains_word");
  Keywords word;
  add_phrase(lua, Arguments::function(lua, "text.contains_word").text(2, "word"), 1, 0, word);
  lua_pushboolean(lua, word.score(text, pay(lua)) > 0);
  return 1;
}

int score(lua_State* lua) {
  const std::string_view text = charged_text(lua, "text.score");
  const auto arguments = Arguments::function(lua, "text.score");
  if (const Keywords* compiled = compiled_keywords(lua, 2)) {
    lua_pushnumber(lua, compiled->score(text, pay(lua)));
    return 1;
  }
  arguments.table(2, "weights");
  Keywords words;
  add_words(lua, 2, 0, arguments, words);
  lua_pushnumber(lua, words.score(text, pay(lua)));
  return 1;
}

/// Per category, for text.categories: {category = sum}.
int scores(lua_State* lua) {
  const std::string_view text = charged_text(lua, "text.scores");
  const auto arguments = Arguments::function(lua, "text.scores");
  const Keywords* compiled = compiled_keywords(lua, 2);
  if (compiled == nullptr) arguments.expected(2, "categories", "what text.categories gave");
  const std::vector<double> sums = compiled->scores(text, pay(lua));
  lua_getiuservalue(lua, 2, 1);
  const int names = lua_gettop(lua);
  Sandbox::of(lua).charge(lua_rawlen(lua, names));
  lua_newtable(lua);
  for (size_t at = 0; at < lua_rawlen(lua, names); ++at) {
    lua_rawgeti(lua, names, static_cast<lua_Integer>(at) + 1);
    lua_pushnumber(lua, at < sums.size() ? sums[at] : 0);
    lua_rawset(lua, -3);
  }
  return 1;
}

}  // namespace

void push_module_text(lua_State* lua) {
  open_keywords(lua);
  lua_newtable(lua);
  set_function<match>(lua, "match");
  set_function<find_all>(lua, "find_all");
  set_function<replace>(lua, "replace");
  set_function<lower>(lua, "lower");
  set_function<trim>(lua, "trim");
  set_function<split>(lua, "split");
  set_function<contains_word>(lua, "contains_word");
  set_function<score>(lua, "score");
  set_function<scores>(lua, "scores");
  set_function<keywords>(lua, "keywords");
  set_function<categories>(lua, "categories");
  make_read_only(lua, "hookswitch.text");
}

}  // namespace hookswitch
