#include "engine/rules/modules.h"

#include <fmt/format.h>

#include "engine/rules/arguments.h"
#include "engine/rules/read_only.h"
#include "engine/rules/rule_source.h"
#include "engine/rules/sandbox.h"

namespace hookswitch {
namespace {

const char kLoadingKey = 0;  // marks a module whose file is running: asking for it again is a cycle

struct BuiltIn {
  const char* name;
  void (*push)(lua_State*);
};

constexpr BuiltIn kBuiltIn[] = {
    {"hookswitch.json", push_module_json}, {"hookswitch.phone", push_module_phone},
    {"hookswitch.time", push_module_time}, {"hookswitch.text", push_module_text},
    {"hookswitch.hash", push_module_hash}, {"hookswitch.url", push_module_url},
};

bool push_built_in(lua_State* lua, std::string_view name) {
  for (const BuiltIn& module : kBuiltIn) {
    if (name != module.name) continue;
    module.push(lua);
    return true;
  }
  return false;
}

[[noreturn]] void no_such_module(lua_State* lua, const std::string& name, const LibraryFiles& files) {
  std::vector<std::string_view> known = built_in_modules();
  for (const auto& [file, text] : files) known.push_back(file);
  raise(lua, fmt::format("require: there is no module '{}'{}", name, suggestion(name, known)));
}

/// Runs the module's file and pushes what it returns.
void push_library(lua_State* lua, const std::string& name, const std::string& text) {
  if (auto compiled = Sandbox::of(lua).compile(text, library_path(name)); !compiled) {
    raise(lua, compiled.error().message());
  }
  lua_call(lua, 0, 1);
  if (lua_isnil(lua, -1)) raise(lua, fmt::format("require: {} returns nothing, expected its table", name));
}

/// Upvalues: the modules loaded so far, the library files.
int require(lua_State* lua) {
  const auto& files = *static_cast<const LibraryFiles*>(lua_touserdata(lua, lua_upvalueindex(2)));
  const std::string name(Arguments::function(lua, "require").text(1, "name"));
  lua_settop(lua, 1);
  lua_pushvalue(lua, 1);
  if (lua_rawget(lua, lua_upvalueindex(1)) != LUA_TNIL) {
    if (lua_touserdata(lua, -1) != &kLoadingKey) return 1;
    raise(lua, fmt::format("require: {} requires itself, directly or through another file", name));
  }
  if (!push_built_in(lua, name)) {
    auto found = files.find(name);
    if (found == files.end()) no_such_module(lua, name, files);
    lua_pushvalue(lua, 1);
    lua_pushlightuserdata(lua, const_cast<char*>(&kLoadingKey));
    lua_rawset(lua, lua_upvalueindex(1));
    push_library(lua, name, found->second);
  }
  lua_pushvalue(lua, 1);
  lua_pushvalue(lua, -2);
  lua_rawset(lua, lua_upvalueindex(1));
  return 1;
}

}  // namespace

std::vector<std::string_view> built_in_modules() {
  std::vector<std::string_view> names;
  for (const BuiltIn& module : kBuiltIn) names.push_back(module.name);
  return names;
}

void open_require(lua_State* lua, const LibraryFiles& files) {
  lua_rawgeti(lua, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  lua_newtable(lua);
  lua_pushlightuserdata(lua, const_cast<LibraryFiles*>(&files));
  lua_pushcclosure(lua, guarded<require>, 2);
  lua_setfield(lua, -2, "require");
  lua_pop(lua, 1);
}

void provide_module(lua_State* lua, const char* name) {
  lua_rawgeti(lua, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  lua_getfield(lua, -1, "require");
  lua_getupvalue(lua, -1, 1);  // the modules loaded so far
  lua_pushvalue(lua, -4);
  lua_setfield(lua, -2, name);
  lua_pop(lua, 4);
}

}  // namespace hookswitch
