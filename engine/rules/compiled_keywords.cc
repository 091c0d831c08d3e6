#include "engine/rules/compiled_keywords.h"

#include <memory>
#include <new>

#include "engine/rules/sandbox.h"
#include "engine/rules/text_keys.h"

namespace hookswitch {
namespace {

const char* const kTypeName = "keywords";
constexpr uint64_t kStepsPerWord = 20;  // building also costs memory that Lua does not count

int destroy(lua_State* lua) {
  std::destroy_at(static_cast<Keywords*>(lua_touserdata(lua, 1)));
  return 0;
}

/// Pushes an empty object with room for the categories' names.
Keywords& push_new(lua_State* lua) {
  auto* words = new (lua_newuserdatauv(lua, sizeof(Keywords), 1)) Keywords;
  luaL_setmetatable(lua, kTypeName);
  return *words;
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

void add_words(lua_State* lua, int index, size_t category, const Arguments& arguments, Keywords& words) {
  const TextKeys phrases = text_keys(lua, index);
  if (!phrases.only_texts()) arguments.refuse("weights: expected {word = number}");
  // In their order: weights of phrases that begin alike are added up in the order in which they came.
  for (std::string_view phrase : phrases.keys) {
    lua_pushlstring(lua, phrase.data(), phrase.size());
    if (lua_rawget(lua, index) != LUA_TNUMBER) arguments.refuse("weights: expected {word = number}");
    Sandbox::of(lua).charge(kStepsPerWord);
    words.add(phrase, lua_tonumber(lua, -1), category);
    lua_pop(lua, 1);
  }
}

int keywords(lua_State* lua) {
  const auto arguments = Arguments::function(lua, "text.keywords");
  arguments.table(1, "weights");
  add_words(lua, 1, 0, arguments, push_new(lua));
  return 1;
}

int categories(lua_State* lua) {
  const auto arguments = Arguments::function(lua, "text.categories");
  arguments.table(1, "categories");
  Keywords& words = push_new(lua);
  const int object = lua_gettop(lua);
  lua_newtable(lua);
  size_t count = 0;
  lua_pushnil(lua);
  while (lua_next(lua, 1) != 0) {
    if (lua_type(lua, -2) != LUA_TSTRING || !lua_istable(lua, -1)) {
      arguments.refuse("categories: expected {category = {word = number}}");
    }
    add_words(lua, lua_gettop(lua), count, arguments, words);
    lua_pushvalue(lua, -2);
    lua_rawseti(lua, object + 1, static_cast<lua_Integer>(++count));
    lua_pop(lua, 1);
  }
  lua_setiuservalue(lua, object, 1);
  return 1;
}

const Keywords* compiled_keywords(lua_State* lua, int index) {
  return static_cast<const Keywords*>(luaL_testudata(lua, index, kTypeName));
}

}  // namespace hookswitch
