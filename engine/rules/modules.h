// What `require` gives: the built-in modules "hookswitch.*", and the rule set's own files "lib.*".
#pragma once

#include <lua.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace hookswitch {

/// Text of every file under lib/, by module name ("lib.names").
using LibraryFiles = std::map<std::string, std::string>;

/// Names of the built-in modules.
std::vector<std::string_view> built_in_modules();

/// Sets `require` in the globals. `files` must outlive the state.
void open_require(lua_State* lua, const LibraryFiles& files);

/// Takes the value on top and gives it to `require` under this name, as a module that is loaded already. After
/// open_require().
void provide_module(lua_State* lua, const char* name);

// Each pushes the module's read-only table. Names and meaning: rules/_meta/hookswitch/.

void push_module_json(lua_State* lua);
void push_module_phone(lua_State* lua);
void push_module_time(lua_State* lua);
void push_module_text(lua_State* lua);
void push_module_hash(lua_State* lua);
void push_module_url(lua_State* lua);

}  // namespace hookswitch
