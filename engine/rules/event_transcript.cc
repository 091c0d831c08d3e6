// event:said and event:used_tool: the conversation read where it lies, without a table for each of its turns.
#include "engine/rules/api.h"
#include "engine/rules/arguments.h"
#include "engine/rules/rule_context.h"
#include "engine/rules/sandbox.h"

namespace hookswitch {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;

std::optional<array> list_in(const element& object, const char* name) {
  array out;
  if (object[name].get_array().get(out) != simdjson::SUCCESS) return std::nullopt;
  return out;
}

std::string_view text_in(const element& object, const char* name) {
  std::string_view out;
  return object[name].get_string().get(out) == simdjson::SUCCESS ? out : std::string_view();
}

std::optional<array> turns_of(RuleContext& context) {
  auto turns = context.data.field("transcript");
  array out;
  if (!turns || turns->get_array().get(out) != simdjson::SUCCESS) return std::nullopt;
  return out;
}

void collect(const array& turns, std::string_view role, std::string& out) {
  out.clear();
  bool first = true;
  for (element turn : turns) {
    std::string_view message;
    if (!role.empty() && text_in(turn, "role") != role) continue;
    if (turn["message"].get_string().get(message) != simdjson::SUCCESS) continue;
    if (!first) out += '\n';
    out += message;
    first = false;
  }
}

/// Whether there is a conversation; then what was said in it is kept.
bool keep_said(lua_State* lua, std::string_view role, RuleContext& context) {
  SaidText& said = context.said;
  if (said.known && said.role == role) return true;
  auto turns = turns_of(context);
  if (!turns) return false;
  forget_said(lua, said);
  collect(*turns, role, said.text);
  lua_pushlstring(lua, said.text.data(), said.text.size());
  said.kept = luaL_ref(lua, LUA_REGISTRYINDEX);
  said.role = role;
  said.known = true;
  return true;
}

int said(lua_State* lua) {
  const auto arguments = Arguments::method(lua, "event:said");
  const std::string_view role = arguments.text_or(1, "role", "");
  RuleContext& context = context_of(lua);
  if (!keep_said(lua, role, context)) return lua_pushliteral(lua, ""), 1;
  Sandbox::of(lua).charge(1 + context.said.text.size() / 16);
  lua_rawgeti(lua, LUA_REGISTRYINDEX, context.said.kept);
  return 1;
}

bool uses(const element& turn, std::string_view name) {
  auto tools = list_in(turn, "tools");
  if (!tools) return false;
  for (element tool : *tools) {
    bool failed = false;
    if (tool["is_error"].get_bool().get(failed) == simdjson::SUCCESS && failed) continue;
    if (text_in(tool, "name").starts_with(name)) return true;
  }
  return false;
}

int used_tool(lua_State* lua) {
  const auto arguments = Arguments::method(lua, "event:used_tool");
  const std::string_view name = arguments.text(1, "name");
  if (name.empty()) arguments.refuse("name: found an empty text, expected the name of a tool or its beginning");
  bool used = false;
  if (auto turns = turns_of(context_of(lua))) {
    Sandbox::of(lua).charge(1 + turns->size());
    for (element turn : *turns) used = used || uses(turn, name);
  }
  lua_pushboolean(lua, used);
  return 1;
}

}  // namespace

void forget_said(lua_State* lua, SaidText& said) {
  luaL_unref(lua, LUA_REGISTRYINDEX, said.kept);
  said.kept = LUA_NOREF;
  said.known = false;
}

void set_event_methods(lua_State* lua) {
  set_function<said>(lua, "said");
  set_function<used_tool>(lua, "used_tool");
}

}  // namespace hookswitch
