#include "engine/rules/arguments.h"

#include <fmt/format.h>

#include <cstdlib>

#include "engine/rules/lua_json.h"
#include "engine/rules/read_only.h"
#include "engine/rules/text_keys.h"
#include "engine/rules/text_of.h"

namespace hookswitch {
namespace {

const char* kind_of(lua_State* lua, int index) {
  return is_null(lua, index) ? "null" : lua_isnoneornil(lua, index) ? "nothing" : luaL_typename(lua, index);
}

}  // namespace

void raise(lua_State* lua, const std::string& text) {
  luaL_error(lua, "%s", text.c_str());
  std::abort();  // luaL_error does not return
}

Arguments Arguments::method(lua_State* lua, const char* name) {
  if (lua_istable(lua, 1)) return {lua, name, 1};
  std::string dotted = name;
  if (auto colon = dotted.find(':'); colon != std::string::npos) dotted[colon] = '.';
  raise(lua, fmt::format("{}: call it with a colon, {}(...), not {}(...)", name, name, dotted));
}

void Arguments::refuse(const std::string& why) const { raise(lua_, fmt::format("{}: {}", name_, why)); }

void Arguments::expected(int at, const char* what, const char* kind) const {
  refuse(fmt::format("{}: found {}, expected {}", what, kind_of(lua_, at + shift_), kind));
}

std::string_view Arguments::text(int at, const char* what) const {
  if (lua_type(lua_, at + shift_) != LUA_TSTRING) expected(at, what, "text");
  return text_at(lua_, at + shift_);
}

std::string_view Arguments::text_or(int at, const char* what, std::string_view otherwise) const {
  return has(at) ? text(at, what) : otherwise;
}

double Arguments::number(int at, const char* what) const {
  if (lua_type(lua_, at + shift_) != LUA_TNUMBER) expected(at, what, "a number");
  return lua_tonumber(lua_, at + shift_);
}

int64_t Arguments::integer(int at, const char* what) const {
  int whole = 0;
  const lua_Integer value = lua_tointegerx(lua_, at + shift_, &whole);
  if (lua_type(lua_, at + shift_) != LUA_TNUMBER || whole == 0) expected(at, what, "a whole number");
  return value;
}

void Arguments::table(int at, const char* what) const {
  if (!lua_istable(lua_, at + shift_)) expected(at, what, "a table");
}

Json Arguments::json(int at, const char* what) const { return read_json(lua_, at + shift_, name_, what); }

Fields::Fields(lua_State* lua, int index, const char* function, std::initializer_list<std::string_view> known)
    : lua_(lua), index_(lua_absindex(lua, index)), function_(function) {
  if (!lua_istable(lua, index)) refuse(fmt::format("found {}, expected a table", kind_of(lua, index)));
  const TextKeys found = text_keys(lua, index_);
  if (!found.only_texts()) refuse("found a list, expected named fields");
  for (std::string_view key : found.keys) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      refuse(fmt::format("unknown field '{}'{}", key, suggestion(key, known)));
    }
  }
}

void Fields::refuse(const std::string& why) const { raise(lua_, fmt::format("{}: {}", function_, why)); }

int Fields::push(const char* name) const {
  lua_pushstring(lua_, name);
  return lua_rawget(lua_, index_);
}

std::optional<std::string> Fields::text(const char* name) const {
  const int type = push(name);
  if (type != LUA_TNIL && type != LUA_TSTRING) {
    refuse(fmt::format("{}: found {}, expected text", name, kind_of(lua_, -1)));
  }
  std::optional<std::string> out;
  if (type == LUA_TSTRING) out = std::string(text_at(lua_, -1));
  lua_pop(lua_, 1);
  return out;
}

std::string Fields::required_text(const char* name) const {
  auto out = text(name);
  if (!out || out->empty()) refuse(fmt::format("{}: found nothing, expected text", name));
  return *out;
}

std::optional<int64_t> Fields::integer(const char* name) const {
  if (push(name) == LUA_TNIL) {
    lua_pop(lua_, 1);
    return std::nullopt;
  }
  int whole = 0;
  const lua_Integer value = lua_tointegerx(lua_, -1, &whole);
  if (lua_type(lua_, -1) != LUA_TNUMBER || whole == 0) {
    refuse(fmt::format("{}: found {}, expected a whole number", name, kind_of(lua_, -1)));
  }
  lua_pop(lua_, 1);
  return value;
}

Json Fields::json(const char* name) const {
  push(name);
  Json out = read_json(lua_, -1, function_, name);
  lua_pop(lua_, 1);
  return out;
}

}  // namespace hookswitch
