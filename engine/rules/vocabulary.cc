#include "engine/rules/vocabulary.h"

#include <fmt/format.h>

#include "engine/rules/lua_json.h"
#include "engine/rules/modules.h"
#include "engine/rules/rule_context.h"
#include "engine/rules/sandbox.h"
#include "engine/state/call.h"

namespace hookswitch {
namespace {

/// The text keys of the table on top, which is popped.
Vocabulary::Names take_keys(lua_State* lua) {
  Vocabulary::Names out;
  lua_pushnil(lua);
  while (lua_next(lua, -2) != 0) {
    lua_pop(lua, 1);
    if (lua_type(lua, -1) == LUA_TSTRING) out.insert(lua_tostring(lua, -1));
  }
  lua_pop(lua, 1);
  return out;
}

/// Pushes what the metatable of the value on top has as __index.
void push_index(lua_State* lua) {
  lua_getmetatable(lua, -1);
  lua_getfield(lua, -1, "__index");
  lua_remove(lua, -2);
}

/// Of a read-only face on top, which is popped: the names behind it.
Vocabulary::Names take_face(lua_State* lua) {
  push_index(lua);
  lua_remove(lua, -2);
  return take_keys(lua);
}

/// Of a table on top that finds what it lacks by a function with names behind it: those names. Pops the table.
Vocabulary::Names take_behind(lua_State* lua) {
  push_index(lua);
  lua_getupvalue(lua, -1, 1);
  auto out = take_keys(lua);
  lua_pop(lua, 2);
  return out;
}

void read_call(lua_State* lua, Vocabulary& out) {
  push_ctx_call(lua);
  push_index(lua);
  out.call = take_behind(lua);
  lua_pop(lua, 1);
}

void read_ctx(lua_State* lua, Vocabulary& out) {
  push_ctx(lua);
  push_index(lua);
  lua_pushnil(lua);
  while (lua_next(lua, -2) != 0) {
    const std::string name = lua_tostring(lua, -2);
    out.ctx.insert(name);
    if (lua_isfunction(lua, -1)) out.ctx_functions.insert(name);
    lua_istable(lua, -1) ? static_cast<void>(out.ctx_tables[name] = take_face(lua)) : lua_pop(lua, 1);
  }
  out.ctx.merge(take_behind(lua));
  lua_pop(lua, 1);
}

void read_event(lua_State* lua, RuleContext& context, Vocabulary& out) {
  const Event any;
  context.event = &any;
  bind_event(lua);
  context.event = nullptr;
  push_event(lua);
  push_index(lua);
  lua_getupvalue(lua, -1, 1);
  out.event_methods = take_keys(lua);
  lua_pop(lua, 2);
  for (std::string_view name : event_fields()) out.event.emplace(name);
}

void read_modules(Sandbox& sandbox, Vocabulary& out) {
  for (std::string_view name : built_in_modules()) {
    if (!sandbox.compile(fmt::format("return require '{}'", name), "vocabulary") || !sandbox.call(0, 1)) continue;
    out.modules[std::string(name)] = take_face(sandbox.lua());
  }
}

}  // namespace

Vocabulary vocabulary() {
  Sandbox sandbox({});
  lua_State* lua = sandbox.lua();
  RuleContext context(lua);
  sandbox.context = &context;
  const LibraryFiles no_files;
  open_lua_json(lua);
  open_require(lua, no_files);
  open_event(lua);
  open_ctx(lua);

  Vocabulary out;
  read_call(lua, out);
  read_ctx(lua, out);
  read_event(lua, context, out);
  read_modules(sandbox, out);
  lua_rawgeti(lua, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  out.globals = take_keys(lua);
  out.denied = denied_globals();
  out.settable = {"variables", "metadata", kLikelyTenant};
  for (const CallFieldInfo& info : call_fields()) {
    if (info.rules_may_set) out.settable.insert(info.name);
  }
  return out;
}

}  // namespace hookswitch
