// JSON and Lua values, exact both ways: empty arrays stay arrays, nulls stay nulls, integers stay integers and 1.0
// stays a float. Numbers beyond 64 bits become the nearest float.
//
// An array is a table with a hidden metatable, so an empty one is told from an empty object; null is json.null.
#pragma once

#include <simdjson.h>

#include <lua.hpp>
#include <string_view>

#include "engine/base/json.h"

namespace hookswitch {

/// Makes the metatables of arrays and of null. Once per state.
void open_lua_json(lua_State* lua);

void push_null(lua_State* lua);
bool is_null(lua_State* lua, int index);
/// Gives the table on top the mark of an array.
void mark_array(lua_State* lua);
bool is_marked_array(lua_State* lua, int index);

/// Pushes the value. Deeper than limits::kJsonDepth is an error of the rule.
void push_json(lua_State* lua, simdjson::dom::element value);
void push_json(lua_State* lua, const Json& value);
/// Parses and pushes; scalars without a parser. The error names the position.
void push_json_text(lua_State* lua, std::string_view text);

/// The value at `index`. What JSON has no word for (functions, NaN, cycles, holes, mixed keys) is an error of the rule;
/// `function` and `what` begin its message.
Json read_json(lua_State* lua, int index, const char* function, const char* what);

}  // namespace hookswitch
