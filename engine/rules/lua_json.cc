#include "engine/rules/lua_json.h"

#include <algorithm>
#include <cstdlib>

#include "engine/base/limits.h"
#include "engine/rules/json_parse.h"
#include "engine/rules/sandbox.h"
#include "engine/rules/text_of.h"

namespace hookswitch {
namespace {

constexpr size_t kParserBytes = 12;  // what the parser takes for each byte of text, outside Lua
const char kArrayKey = 0;            // its address names the arrays' metatable in the registry

int null_text(lua_State* lua) {
  lua_pushliteral(lua, "null");
  return 1;
}

int null_index(lua_State* lua) {
  luaL_checkany(lua, 2);
  push_text_of(lua, 2);
  return luaL_error(lua, "attempt to read field '%s' of json.null: compare with json.null first",
                    lua_tostring(lua, -1));
}

void enter(lua_State* lua, int depth) {
  if (depth > static_cast<int>(limits::kJsonDepth)) {
    luaL_error(lua, "JSON is nested deeper than %d", static_cast<int>(limits::kJsonDepth));
  }
  luaL_checkstack(lua, 4, "JSON is nested too deep");
}

void push(lua_State* lua, simdjson::dom::element value, int depth);

void push_array(lua_State* lua, simdjson::dom::array array, int depth) {
  lua_createtable(lua, static_cast<int>(array.size()), 0);
  mark_array(lua);
  lua_Integer at = 0;
  for (simdjson::dom::element item : array) {
    push(lua, item, depth + 1);
    lua_rawseti(lua, -2, ++at);
  }
}

void push_object(lua_State* lua, simdjson::dom::object object, int depth) {
  lua_createtable(lua, 0, static_cast<int>(object.size()));
  for (auto [key, item] : object) {
    lua_pushlstring(lua, key.data(), key.size());
    push(lua, item, depth + 1);
    lua_rawset(lua, -3);
  }
}

void push(lua_State* lua, simdjson::dom::element value, int depth) {
  enter(lua, depth);
  switch (value.type()) {
    case simdjson::dom::element_type::ARRAY:
      return push_array(lua, value.get_array().value_unsafe(), depth);
    case simdjson::dom::element_type::OBJECT:
      return push_object(lua, value.get_object().value_unsafe(), depth);
    case simdjson::dom::element_type::INT64:
      return lua_pushinteger(lua, value.get_int64().value_unsafe());
    case simdjson::dom::element_type::UINT64:  // only what does not fit int64 has this type
      return lua_pushnumber(lua, static_cast<lua_Number>(value.get_uint64().value_unsafe()));
    case simdjson::dom::element_type::DOUBLE:
      return lua_pushnumber(lua, value.get_double().value_unsafe());
    case simdjson::dom::element_type::STRING: {
      const std::string_view text = value.get_string().value_unsafe();
      return static_cast<void>(lua_pushlstring(lua, text.data(), text.size()));
    }
    case simdjson::dom::element_type::BOOL:
      return lua_pushboolean(lua, value.get_bool().value_unsafe());
    default:
      return push_null(lua);
  }
}

void push(lua_State* lua, const Json& value, int depth) {
  enter(lua, depth);
  if (value.is_array()) {
    lua_createtable(lua, static_cast<int>(value.size()), 0);
    mark_array(lua);
    lua_Integer at = 0;
    for (const Json& item : value) {
      push(lua, item, depth + 1);
      lua_rawseti(lua, -2, ++at);
    }
  } else if (value.is_object()) {
    lua_createtable(lua, 0, static_cast<int>(value.size()));
    for (const auto& [key, item] : value.items()) {
      lua_pushlstring(lua, key.data(), key.size());
      push(lua, item, depth + 1);
      lua_rawset(lua, -3);
    }
  } else if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    lua_pushlstring(lua, text.data(), text.size());
  } else if (value.is_boolean()) {
    lua_pushboolean(lua, value.get<bool>());
  } else if (value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX)) {
    lua_pushnumber(lua, static_cast<lua_Number>(value.get<uint64_t>()));
  } else if (value.is_number_integer()) {
    lua_pushinteger(lua, value.get<int64_t>());
  } else if (value.is_number_float()) {
    lua_pushnumber(lua, value.get<double>());
  } else {
    push_null(lua);
  }
}

/// No controls and nothing that is not UTF-8: JSON may not hold them as they are.
bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return c >= ' '; }) &&
         simdjson::validate_utf8(text.data(), text.size());
}

}  // namespace

void open_lua_json(lua_State* lua) {
  lua_createtable(lua, 0, 2);
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &kArrayKey);

  push_null(lua);
  lua_createtable(lua, 0, 3);
  lua_pushcfunction(lua, guarded<null_text>);
  lua_setfield(lua, -2, "__tostring");
  lua_pushcfunction(lua, guarded<null_index>);
  lua_setfield(lua, -2, "__index");
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_setmetatable(lua, -2);
  lua_pop(lua, 1);
}

void push_null(lua_State* lua) { lua_pushlightuserdata(lua, nullptr); }

bool is_null(lua_State* lua, int index) {
  return lua_islightuserdata(lua, index) && lua_touserdata(lua, index) == nullptr;
}

void mark_array(lua_State* lua) {
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &kArrayKey);
  lua_setmetatable(lua, -2);
}

bool is_marked_array(lua_State* lua, int index) {
  if (!lua_istable(lua, index) || !lua_getmetatable(lua, index)) return false;
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &kArrayKey);
  const bool same = lua_rawequal(lua, -1, -2) != 0;
  lua_pop(lua, 2);
  return same;
}

void push_json(lua_State* lua, simdjson::dom::element value) { push(lua, value, 0); }
void push_json(lua_State* lua, const Json& value) { push(lua, value, 0); }

void push_json_text(lua_State* lua, std::string_view text) {
  Sandbox::of(lua).charge(text.size() / 16);
  const bool plain_text = text.size() >= 2 && text.front() == '"' && text.find('"', 1) == text.size() - 1 &&
                          text.find('\\') == std::string_view::npos && is_plain(text);
  if (plain_text) return static_cast<void>(lua_pushlstring(lua, text.data() + 1, text.size() - 2));
  if (text == "true" || text == "false") return lua_pushboolean(lua, text == "true");
  Sandbox::of(lua).make_room(kParserBytes * text.size());
  JsonDocument document;
  if (auto parsed = document.parse(text); !parsed) {
    luaL_error(lua, "%s", parsed.error().message.c_str());
  }
  push_json(lua, document.root());
}

}  // namespace hookswitch
