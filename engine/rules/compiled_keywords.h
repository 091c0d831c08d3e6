// Keywords that a rule file compiles once, as an object Lua can hold.
#pragma once

#include <lua.hpp>

#include "engine/rules/arguments.h"
#include "engine/rules/keywords.h"

namespace hookswitch {

/// Makes the objects' metatable. Once per state.
void open_keywords(lua_State* lua);

/// text.keywords{word = weight}
int keywords(lua_State* lua);
/// text.categories{category = {word = weight}}
int categories(lua_State* lua);

/// The object at `index`, or null when it is something else.
const Keywords* compiled_keywords(lua_State* lua, int index);

/// Adds a phrase, which costs steps and must find room.
void add_phrase(lua_State* lua, std::string_view phrase, double weight, size_t category, Keywords& words);
/// Adds {word = weight} of the table at `index`.
void add_words(lua_State* lua, int index, size_t category, const Arguments& arguments, Keywords& words);

}  // namespace hookswitch
