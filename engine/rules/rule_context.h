// The event a rule handles right now, for the C functions behind `ctx` and `event`.
#pragma once

#include <lua.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "engine/rules/effects.h"
#include "engine/rules/event.h"
#include "engine/rules/lazy_object.h"
#include "engine/rules/rule_set.h"
#include "engine/rules/world.h"

namespace hookswitch {

/// What event:said gave last, kept as Lua's own text: several rules ask for the same.
struct SaidText {
  bool known = false;
  std::string role;
  std::string text;  // a buffer from one event to the next
  int kept = LUA_NOREF;
};

/// One per state, bound anew for every event and rule.
struct RuleContext {
  explicit RuleContext(lua_State* lua) : raw(lua, "event.data.raw"), data(lua, "event.data", &raw) {}

  const Event* event = nullptr;
  World* world = nullptr;
  const RuleInfo* rule = nullptr;
  size_t effects = 0;    // asked for by all rules of this event
  size_t log_lines = 0;  // of this event
  std::vector<std::string>* said_lines = nullptr;  // where ctx.log writes instead of the engine's log
  LazyObject raw;
  LazyObject data;
  SaidText said;
};

/// The context of the running event; an error of the rule when there is none.
RuleContext& context_of(lua_State* lua);

/// Hands an effect to the world; what it refuses becomes an error of the rule.
void ask(lua_State* lua, Wish wish);

/// A key that holds a call's id is one key whatever its call is called by now: the spellings of it for which something
/// `is_known`, else the usual one.
template <class IsKnown>
std::vector<std::string> known_keys(World& world, std::string_view key, IsKnown is_known) {
  std::vector<std::string> keys = world.spellings(key);
  if (keys.size() == 1) return keys;
  std::string usual = keys.front();
  std::erase_if(keys, [&](const std::string& one) { return !is_known(one); });
  if (keys.empty()) keys.push_back(std::move(usual));
  return keys;
}

void forget_said(lua_State* lua, SaidText& said);

/// The names of `event`'s own fields.
const std::vector<std::string_view>& event_fields();

/// Prepare what all events share. Once per state.
void open_event(lua_State* lua);
/// Sets the functions of every event in the table on top.
void set_event_methods(lua_State* lua);
void open_ctx(lua_State* lua);
/// Makes the table of the context's event, which push_event pushes, and binds ctx.
void bind_event(lua_State* lua);
/// Gives ctx the call of the context's event, or none.
void bind_ctx(lua_State* lua);
void push_event(lua_State* lua);
void push_ctx(lua_State* lua);
/// What ctx.call is while there is one.
void push_ctx_call(lua_State* lua);

}  // namespace hookswitch
