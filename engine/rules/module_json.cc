// hookswitch.json: encode, decode, null, array, is_array.
#include "engine/base/limits.h"
#include "engine/rules/api.h"
#include "engine/rules/arguments.h"
#include "engine/rules/lua_json.h"
#include "engine/rules/modules.h"
#include "engine/rules/read_only.h"

namespace hookswitch {
namespace {

int encode_json(lua_State* lua) {
  const auto arguments = Arguments::function(lua, "json.encode");
  luaL_checkany(lua, 1);
  const std::string text = dump(arguments.json(1, "value"));
  Sandbox::of(lua).charge(text.size() / 16);
  lua_pushlstring(lua, text.data(), text.size());
  return 1;
}

int decode_json(lua_State* lua) {
  push_json_text(lua, Arguments::function(lua, "json.decode").text(1, "text"));
  return 1;
}

/// Marks the table itself and returns it.
int array(lua_State* lua) {
  const auto arguments = Arguments::function(lua, "json.array");
  lua_settop(lua, 1);
  if (lua_isnil(lua, 1)) {
    lua_newtable(lua);
  } else {
    arguments.table(1, "list");
    if (lua_getmetatable(lua, 1) && !is_marked_array(lua, 1)) arguments.refuse("the table has a metatable of its own");
    lua_settop(lua, 1);
  }
  mark_array(lua);
  return 1;
}

int is_array(lua_State* lua) {
  lua_pushboolean(lua, is_marked_array(lua, 1));
  return 1;
}

}  // namespace

void push_module_json(lua_State* lua) {
  lua_newtable(lua);
  set_function<encode_json>(lua, "encode");
  set_function<decode_json>(lua, "decode");
  set_function<array>(lua, "array");
  set_function<is_array>(lua, "is_array");
  push_null(lua);
  lua_setfield(lua, -2, "null");
  make_read_only(lua, "hookswitch.json");
}

}  // namespace hookswitch
