#include "engine/rules/compiled_keywords.h"

#include <memory>
#include <new>

#include "engine/rules/patterns.h"
#include "engine/rules/sandbox.h"
#include "engine/rules/text_keys.h"

namespace hookswitch {
namespace {

const char* const kTypeName = "keywords";
constexpr uint64_t kStepsPerPhrase = 20;

/// What Lua holds: it does not see what the words take outside its own memory.
struct Compiled {
  Keywords words;
  size_t held = 0;
};

int destroy(lua_State* lua) {
  auto* compiled = static_cast<Compiled*>(lua_touserdata(lua, 1));
  Sandbox::of(lua).let_go(compiled->held);
  std::destroy_at(compiled);
  return 0;
}

/// Pushes an empty object with room for the categories' names.
Compiled& push_new(lua_State* lua) {
  auto* compiled = new (lua_newuserdatauv(lua, sizeof(Compiled), 1)) Compiled;
  luaL_setmetatable(lua, kTypeName);
  return *compiled;
}

/// The object is complete: what it keeps counts as the rule's memory.
void hold(lua_State* lua, Compiled& compiled) {
  Sandbox::of(lua).hold(compiled.words.bytes());
  compiled.held = compiled.words.bytes();
}

[[noreturn]] void refuse_categories(const Arguments& arguments) {
  arguments.refuse("categories: expected {category = {word = number}}");
}

}  // namespace

void open_keywords(lua_State* lua) {
  luaL_newmetatable(lua, kTypeName);
  lua_pushcfunction(lua, guarded<destroy>);
  lua_setfield(lua, -2, "__gc");
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_pop(lua, 1);
}

void add_phrase(lua_State* lua, std::string_view phrase, double weight, size_t category, Keywords& words) {
  Sandbox::of(lua).charge(kStepsPerPhrase + phrase.size() / kBytesPerStep);
  Sandbox::of(lua).make_room(words.bytes() + Keywords::bytes_of(phrase));
  words.add(phrase, weight, category);
}

void add_words(lua_State* lua, int index, size_t category, const Arguments& arguments, Keywords& words) {
  const TextKeys phrases = text_keys(lua, index);
  if (!phrases.only_texts()) arguments.refuse("weights: expected {word = number}");
  // In their order: weights of phrases that begin alike are added up in the order in which they came.
  for (std::string_view phrase : phrases.keys) {
    lua_pushlstring(lua, phrase.data(), phrase.size());
    if (lua_rawget(lua, index) != LUA_TNUMBER) arguments.refuse("weights: expected {word = number}");
    add_phrase(lua, phrase, lua_tonumber(lua, -1), category, words);
    lua_pop(lua, 1);
  }
}

int keywords(lua_State* lua) {
  const auto arguments = Arguments::function(lua, "text.keywords");
  arguments.table(1, "weights");
  Compiled& compiled = push_new(lua);
  add_words(lua, 1, 0, arguments, compiled.words);
  hold(lua, compiled);
  return 1;
}

int categories(lua_State* lua) {
  const auto arguments = Arguments::function(lua, "text.categories");
  arguments.table(1, "categories");
  Compiled& compiled = push_new(lua);
  const int object = lua_gettop(lua);
  lua_newtable(lua);
  const TextKeys names = text_keys(lua, 1);
  if (!names.only_texts()) refuse_categories(arguments);
  Sandbox::of(lua).charge(names.keys.size());
  for (size_t at = 0; at < names.keys.size(); ++at) {
    lua_pushlstring(lua, names.keys[at].data(), names.keys[at].size());
    lua_pushvalue(lua, -1);
    if (lua_rawget(lua, 1) != LUA_TTABLE) refuse_categories(arguments);
    add_words(lua, lua_gettop(lua), at, arguments, compiled.words);
    lua_pop(lua, 1);
    lua_rawseti(lua, object + 1, static_cast<lua_Integer>(at) + 1);
  }
  lua_setiuservalue(lua, object, 1);
  hold(lua, compiled);
  return 1;
}

const Keywords* compiled_keywords(lua_State* lua, int index) {
  const auto* compiled = static_cast<const Compiled*>(luaL_testudata(lua, index, kTypeName));
  return compiled == nullptr ? nullptr : &compiled->words;
}

}  // namespace hookswitch
