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

/// Adds {word = weight} of the table at `index`. Costs some steps a word.
void add_words(lua_State* lua, int index, size_t category, const Arguments& arguments, Keywords& words);

}  // namespace hookswitch
