#include "engine/rules/held_by.h"

namespace hookswitch {
namespace {

constexpr size_t kEntryBytes = 32;

/// Looks at each value once, without calling itself: tables may be nested without end.
class Walk {
 public:
  explicit Walk(lua_State* lua) : lua_(lua) {
    lua_newtable(lua);
    lua_newtable(lua);
    waiting_ = lua_gettop(lua);
    seen_ = waiting_ - 1;
  }
  ~Walk() { lua_settop(lua_, seen_ - 1); }
  Walk(const Walk&) = delete;
  Walk& operator=(const Walk&) = delete;

  /// Counts the value on top, which is popped.
  void take() {
    bytes_ += kEntryBytes + text_size();
    const bool leads_on = lua_istable(lua_, -1) || (lua_isfunction(lua_, -1) && !lua_iscfunction(lua_, -1));
    if (!leads_on || !is_new()) return lua_pop(lua_, 1);
    lua_rawseti(lua_, waiting_, ++count_);
  }

  size_t walk() {
    while (count_ > 0) {
      lua_rawgeti(lua_, waiting_, count_--);
      lua_istable(lua_, -1) ? look_at_table() : look_at_function();
      lua_pop(lua_, 1);
    }
    return bytes_;
  }

 private:
  size_t text_size() const { return lua_type(lua_, -1) == LUA_TSTRING ? lua_rawlen(lua_, -1) : 0; }

  bool is_new() {
    lua_pushvalue(lua_, -1);
    const bool fresh = lua_rawget(lua_, seen_) == LUA_TNIL;
    lua_pop(lua_, 1);
    if (!fresh) return false;
    lua_pushvalue(lua_, -1);
    lua_pushboolean(lua_, 1);
    lua_rawset(lua_, seen_);
    return true;
  }

  void look_at_table() {
    lua_pushnil(lua_);
    while (lua_next(lua_, -2) != 0) {
      take();
      lua_pushvalue(lua_, -1);
      take();
    }
  }

  void look_at_function() {
    for (int at = 1; lua_getupvalue(lua_, -1, at) != nullptr; ++at) take();
  }

  lua_State* lua_;
  int seen_ = 0;
  int waiting_ = 0;
  lua_Integer count_ = 0;
  size_t bytes_ = 0;
};

}  // namespace

size_t held_by(lua_State* lua, int reference) {
  Walk walk(lua);
  lua_rawgeti(lua, LUA_REGISTRYINDEX, reference);
  walk.take();
  return walk.walk();
}

}  // namespace hookswitch
