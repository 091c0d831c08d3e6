#include "engine/rules/lazy_object.h"

#include "engine/rules/lua_json.h"
#include "engine/rules/read_only.h"
#include "engine/rules/sandbox.h"

namespace hookswitch {
namespace {

const char kLazyKey = 0;  // its address names, in a face's metatable, the object behind it

}  // namespace

LazyObject::LazyObject(lua_State* lua, const char* name, LazyObject* child) : lua_(lua), name_(name), child_(child) {
  make_metatable();
  end();
}

void LazyObject::make_metatable() {
  lua_createtable(lua_, 0, 4);
  lua_pushlightuserdata(lua_, this);
  lua_rawsetp(lua_, -2, &kLazyKey);
  lua_pushlightuserdata(lua_, this);
  lua_pushcclosure(lua_, guarded<on_index>, 1);
  lua_setfield(lua_, -2, "__index");
  forbid_changes(lua_, name_);
  metatable_ = luaL_ref(lua_, LUA_REGISTRYINDEX);
}

void LazyObject::begin(std::string_view text, const ParsedObject* parsed) {
  end();
  text_ = text;
  given_ = parsed;
}

void LazyObject::end() {
  text_ = {};
  given_ = nullptr;
  parsed_ = complete_ = false;
  face_ = nullptr;
  luaL_unref(lua_, LUA_REGISTRYINDEX, face_ref_);
  luaL_unref(lua_, LUA_REGISTRYINDEX, cache_);
  face_ref_ = cache_ = LUA_NOREF;
}

void LazyObject::parse() {
  if (parsed_) return;
  Sandbox::of(lua_).charge(text_.size() / 64);
  parsed_ = given_ != nullptr;
  if (parsed_) return;
  if (auto parsed = document_.parse(text_); !parsed) luaL_error(lua_, "%s: %s", name_, parsed.error().message.c_str());
  parsed_ = true;
}

void LazyObject::push() {
  if (!parsed_ && text_.front() != '{') parse();
  if (parsed_ && !root().is_object()) return push_json(lua_, root());
  push_face();
}

void LazyObject::push_face() {
  if (face_ == nullptr) {
    lua_newtable(lua_);
    cache_ = luaL_ref(lua_, LUA_REGISTRYINDEX);
    lua_newtable(lua_);
    lua_rawgeti(lua_, LUA_REGISTRYINDEX, metatable_);
    lua_setmetatable(lua_, -2);
    face_ = lua_topointer(lua_, -1);
    face_ref_ = luaL_ref(lua_, LUA_REGISTRYINDEX);
  }
  lua_rawgeti(lua_, LUA_REGISTRYINDEX, face_ref_);
}

/// A face that is no longer ours was kept from an earlier event; its address cannot be reused while it is kept.
void LazyObject::check_alive(int index) const {
  if (lua_topointer(lua_, index) == face_) return;
  luaL_error(lua_, "%s of an earlier event was used: copy what is needed while its event is handled", name_);
}

int LazyObject::on_index(lua_State* lua) {
  auto& self = *static_cast<LazyObject*>(lua_touserdata(lua, lua_upvalueindex(1)));
  self.check_alive(1);
  lua_settop(lua, 2);
  self.push_cache();
  lua_pushvalue(lua, 2);
  if (lua_rawget(lua, 3) != LUA_TNIL || self.complete_ || lua_type(lua, 2) != LUA_TSTRING) return 1;
  size_t size = 0;
  const char* key = lua_tolstring(lua, 2, &size);
  self.load({key, size});
  lua_pushvalue(lua, 2);
  lua_pushvalue(lua, -2);
  lua_rawset(lua, 3);
  return 1;
}

/// Of a repeated key the last counts, as everywhere.
std::optional<simdjson::dom::element> LazyObject::field(std::string_view key) {
  parse();
  std::optional<simdjson::dom::element> found;
  const simdjson::dom::object object = root().get_object();
  for (auto [name, item] : object) {
    if (name == key) found = item;
  }
  return found;
}

/// Pushes the field's value or nil.
void LazyObject::load(std::string_view key) {
  if (child_ != nullptr && child_->present() && key == "raw") return child_->push();
  auto found = field(key);
  found ? push_json(lua_, *found) : lua_pushnil(lua_);
}

void LazyObject::push_all() {
  push_cache();
  if (complete_) return;
  parse();
  const simdjson::dom::object object = root().get_object();
  for (auto [name, item] : object) {
    lua_pushlstring(lua_, name.data(), name.size());
    lua_pushvalue(lua_, -1);
    if (lua_rawget(lua_, -3) != LUA_TNIL) {
      lua_pop(lua_, 2);
      continue;
    }
    lua_pop(lua_, 1);
    load(name);
    lua_rawset(lua_, -3);
  }
  if (child_ != nullptr && child_->present()) {
    child_->push();
    lua_setfield(lua_, -2, "raw");
  }
  complete_ = true;
}

void push_plain_table(lua_State* lua, int index) {
  index = lua_absindex(lua, index);
  if (lua_getmetatable(lua, index)) {
    lua_rawgetp(lua, -1, &kLazyKey);
    auto* object = static_cast<LazyObject*>(lua_touserdata(lua, -1));
    lua_pop(lua, 2);
    if (object != nullptr) {
      object->check_alive(index);
      object->push_all();
      return;
    }
  }
  lua_pushvalue(lua, index);
}

}  // namespace hookswitch
