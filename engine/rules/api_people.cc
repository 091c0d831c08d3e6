// ctx.contacts and ctx.agents: who calls, and who answers for whom.
#include "engine/calling/number.h"
#include "engine/rules/api.h"
#include "engine/rules/arguments.h"
#include "engine/rules/lua_json.h"
#include "engine/rules/read_only.h"
#include "engine/rules/rule_context.h"

namespace hookswitch {
namespace {

int push_found(lua_State* lua, const std::optional<Json>& found) {
  found ? push_json(lua, *found) : lua_pushnil(lua);
  return 1;
}

/// A record with an id, from the first argument.
Json record(const Arguments& arguments, const char* what) {
  arguments.table(1, what);
  Json out = arguments.json(1, what);
  if (!out.is_object()) arguments.refuse("found a list, expected named fields");
  auto id = out.find("id");
  if (id == out.end() || !id->is_string() || id->get_ref<const std::string&>().empty()) {
    arguments.refuse("id: expected text");
  }
  return out;
}

int get_contact(lua_State* lua) {
  const auto arguments = Arguments::method(lua, "ctx.contacts:get");
  return push_found(lua, context_of(lua).world->contact(arguments.text(1, "id")));
}

// "+" and digits is how contacts are kept: reading such a number again would cost more than the rest of the rule.
bool spelled_right(std::string_view phone) {
  return phone.size() > 1 && phone[0] == '+' && phone.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

/// Whoever `find` knows by the number that the first argument names.
template <class Find>
int find_by_phone(lua_State* lua, const char* method, const Find& find) {
  const auto arguments = Arguments::method(lua, method);
  const Fields fields(lua, arguments.index(1), method, {"phone"});
  World& world = *context_of(lua).world;
  const std::string given = fields.required_text("phone");
  if (spelled_right(given)) return push_found(lua, find(world, given));
  const std::string phone = known_number(given, world.tenancy().country);
  return push_found(lua, phone.empty() ? std::nullopt : find(world, phone));
}

int find_contact(lua_State* lua) {
  return find_by_phone(lua, "ctx.contacts:find",
                       [](World& world, std::string_view phone) { return world.find_contact(phone); });
}

int put_contact(lua_State* lua) {
  const auto arguments = Arguments::method(lua, "ctx.contacts:put");
  ask(lua, ContactPut{record(arguments, "contact")});
  return 0;
}

int get_agent(lua_State* lua) {
  const auto arguments = Arguments::method(lua, "ctx.agents:get");
  return push_found(lua, context_of(lua).world->agent(arguments.text(1, "id")));
}

int find_agent(lua_State* lua) {
  return find_by_phone(lua, "ctx.agents:find",
                       [](World& world, std::string_view phone) { return world.find_agent(phone); });
}

int put_agent(lua_State* lua) {
  const auto arguments = Arguments::method(lua, "ctx.agents:put");
  ask(lua, AgentPut{record(arguments, "agent")});
  return 0;
}

}  // namespace

void push_api_contacts(lua_State* lua) {
  lua_newtable(lua);
  set_function<get_contact>(lua, "get");
  set_function<find_contact>(lua, "find");
  set_function<put_contact>(lua, "put");
  make_read_only(lua, "ctx.contacts");
}

void push_api_agents(lua_State* lua) {
  lua_newtable(lua);
  set_function<get_agent>(lua, "get");
  set_function<find_agent>(lua, "find");
  set_function<put_agent>(lua, "put");
  make_read_only(lua, "ctx.agents");
}

}  // namespace hookswitch
