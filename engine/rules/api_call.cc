// ctx.call and ctx.calls.
#include <fmt/format.h>

#include "engine/base/whole.h"
#include "engine/rules/api.h"
#include "engine/rules/arguments.h"
#include "engine/rules/lua_json.h"
#include "engine/rules/read_only.h"
#include "engine/rules/rule_context.h"
#include "engine/rules/vocabulary.h"

namespace hookswitch {
namespace {

const char kCallMetaKey = 0;  // registry: the metatable of ctx.call, whose __index is what was found in this event
const char kSeenMetaKey = 0;  // registry: the metatable of that, which finds the rest

constexpr int kUsuallySeen = 16;

enum Member : lua_Integer { kVariables = 1000, kMetadata, kExternalIds };  // behind the numbers of CallField

void set_member(lua_State* lua, const char* name, lua_Integer member) {
  lua_pushinteger(lua, member);
  lua_setfield(lua, -2, name);
}

[[noreturn]] void no_such_field(lua_State* lua, const char* name) {
  std::vector<std::string_view> known = {"variables", "metadata", "external_ids", "update"};
  for (const CallFieldInfo& info : call_fields()) known.push_back(info.name);
  raise(lua, fmt::format("ctx.call has no '{}'{}", name, suggestion(name, known)));
}

void push_member(lua_State* lua, const Call& call, lua_Integer member) {
  if (member == kVariables) return push_call_map(lua, call, CallMap::variables);
  if (member == kMetadata) return push_call_map(lua, call, CallMap::metadata);
  if (member == kExternalIds) return push_external_ids(lua, call);
  push_call_field(lua, call, static_cast<CallField>(member));
}

const Call& this_call(lua_State* lua) {
  const Call* call = context_of(lua).world->call();
  if (call == nullptr) raise(lua, "ctx.call: this event is about no call");
  return *call;
}

/// What Lua did not find among what was seen, which is argument 1. Maps are made anew at each look, so that a rule may
/// change its own. Upvalue 1: the members.
int index_call(lua_State* lua) {
  lua_settop(lua, 2);
  if (lua_type(lua, 2) != LUA_TSTRING) raise(lua, "ctx.call is not a list");
  lua_pushvalue(lua, 2);
  if (lua_rawget(lua, lua_upvalueindex(1)) == LUA_TNIL) no_such_field(lua, lua_tostring(lua, 2));
  if (lua_isinteger(lua, -1)) push_member(lua, this_call(lua), lua_tointeger(lua, -1));
  if (lua_istable(lua, -1) || lua_isnil(lua, -1)) return 1;
  lua_pushvalue(lua, 2);
  lua_pushvalue(lua, -2);
  lua_rawset(lua, 1);
  return 1;
}

/// What is updated is not what was seen.
void forget_fields(lua_State* lua, const Json& fields) {
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &kCallMetaKey);
  lua_getfield(lua, -1, "__index");
  for (const auto& [name, value] : fields.items()) {
    lua_pushlstring(lua, name.data(), name.size());
    lua_pushnil(lua);
    lua_rawset(lua, -3);
  }
  lua_pop(lua, 2);
}

int update(lua_State* lua) {
  const auto arguments = Arguments::method(lua, "ctx.call:update");
  arguments.table(1, "fields");
  Json fields = arguments.json(1, "fields");
  if (fields.is_array()) arguments.refuse("found a list, expected named fields");
  this_call(lua);
  if (fields.empty()) return 0;
  forget_fields(lua, fields);
  if (fields.contains(kLikelyTenant)) forget_fields(lua, {{"tenant", nullptr}});
  ask(lua, CallUpdate{std::move(fields)});
  return 0;
}

/// Pushes the table of names: a number for a field, a function for a method.
void push_call_members(lua_State* lua) {
  lua_newtable(lua);
  for (const CallFieldInfo& info : call_fields()) set_member(lua, info.name, static_cast<lua_Integer>(info.field));
  set_member(lua, "variables", kVariables);
  set_member(lua, "metadata", kMetadata);
  set_member(lua, "external_ids", kExternalIds);
  set_function<update>(lua, "update");
}

void push_snapshot(lua_State* lua, const Call& call) {
  lua_createtable(lua, 0, static_cast<int>(kCallFields) + 3);
  for (const CallFieldInfo& info : call_fields()) {
    push_call_field(lua, call, info.field);
    lua_setfield(lua, -2, info.name);
  }
  push_call_map(lua, call, CallMap::variables);
  lua_setfield(lua, -2, "variables");
  push_call_map(lua, call, CallMap::metadata);
  lua_setfield(lua, -2, "metadata");
  push_external_ids(lua, call);
  lua_setfield(lua, -2, "external_ids");
}

int get_call(lua_State* lua) {
  const auto arguments = Arguments::method(lua, "ctx.calls:get");
  const auto call = context_of(lua).world->find_call(arguments.text(1, "id"));
  call ? push_snapshot(lua, *call) : lua_pushnil(lua);
  return 1;
}

// As in event.data, where it is as the provider wrote it: "19" is an integer there.
void push_whole_or_not(lua_State* lua, double number) {
  const auto whole = whole_of(number);
  whole ? lua_pushinteger(lua, *whole) : lua_pushnumber(lua, number);
}

}  // namespace

void push_call_field(lua_State* lua, const Call& call, CallField field) {
  const FieldValue& value = call.get(field);
  if (auto* text = std::get_if<std::string>(&value)) {
    lua_pushlstring(lua, text->data(), text->size());
  } else if (auto* whole = std::get_if<int64_t>(&value)) {
    lua_pushinteger(lua, *whole);
  } else if (auto* number = std::get_if<double>(&value)) {
    push_whole_or_not(lua, *number);
  } else if (auto* truth = std::get_if<bool>(&value)) {
    lua_pushboolean(lua, *truth);
  } else {
    lua_pushnil(lua);
  }
}

void push_call_map(lua_State* lua, const Call& call, CallMap map) {
  const auto entries = call.entries(map);
  lua_createtable(lua, 0, static_cast<int>(entries.size()));
  for (const auto& [key, json] : entries) {
    lua_pushlstring(lua, key.data(), key.size());
    push_json_text(lua, json);
    lua_rawset(lua, -3);
  }
}

void push_external_ids(lua_State* lua, const Call& call) {
  lua_createtable(lua, 0, static_cast<int>(call.external_ids().size()));
  for (const auto& [kind, value] : call.external_ids()) {
    lua_pushlstring(lua, kind.data(), kind.size());
    lua_pushlstring(lua, value.data(), value.size());
    lua_rawset(lua, -3);
  }
}

void push_api_call(lua_State* lua) {
  lua_createtable(lua, 0, 1);
  push_call_members(lua);
  lua_pushcclosure(lua, guarded<index_call>, 1);
  lua_setfield(lua, -2, "__index");
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &kSeenMetaKey);

  lua_newtable(lua);
  lua_createtable(lua, 0, 3);
  forbid_changes(lua, "ctx.call (use ctx.call:update{...})");
  lua_pushvalue(lua, -1);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &kCallMetaKey);
  lua_setmetatable(lua, -2);
  forget_call_fields(lua);
}

void forget_call_fields(lua_State* lua) {
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &kCallMetaKey);
  lua_createtable(lua, 0, kUsuallySeen);
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &kSeenMetaKey);
  lua_setmetatable(lua, -2);
  lua_setfield(lua, -2, "__index");
  lua_pop(lua, 1);
}

void push_api_calls(lua_State* lua) {
  lua_newtable(lua);
  set_function<get_call>(lua, "get");
  make_read_only(lua, "ctx.calls");
}

}  // namespace hookswitch
