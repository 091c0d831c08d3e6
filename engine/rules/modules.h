// What `require` gives: the built-in modules "hookswitch.*", and the rule set's own files "lib.*".
#pragma once

#include <lua.hpp>
#include <map>
#include <string>

namespace hookswitch {

/// Text of every file under lib/, by module name ("lib.names").
using LibraryFiles = std::map<std::string, std::string>;

/// Sets `require` in the globals. `files` must outlive the state.
void open_require(lua_State* lua, const LibraryFiles& files);

// Each pushes the module's read-only table. Names and meaning: rules/_meta/hookswitch/.

void push_module_json(lua_State* lua);
void push_module_phone(lua_State* lua);
void push_module_time(lua_State* lua);
void push_module_text(lua_State* lua);
void push_module_hash(lua_State* lua);
void push_module_url(lua_State* lua);

}  // namespace hookswitch
