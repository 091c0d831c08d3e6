// ctx.state: the rule's own memory, kept with everything else and replayed with it.
#include <fmt/format.h>

#include "engine/base/limits.h"
#include "engine/rules/api.h"
#include "engine/rules/arguments.h"
#include "engine/rules/lua_json.h"
#include "engine/rules/read_only.h"
#include "engine/rules/rule_context.h"

namespace hookswitch {
namespace {

constexpr size_t kKeyBytes = 256;

std::string key_of(const Arguments& arguments) {
  const std::string_view key = arguments.text(1, "key");
  if (key.empty() || key.size() > kKeyBytes) {
    arguments.refuse(fmt::format("key: found {} bytes, expected 1 to {}", key.size(), kKeyBytes));
  }
  return std::string(key);
}

std::vector<std::string> keys_of(lua_State* lua, const Arguments& arguments) {
  const RuleContext& context = context_of(lua);
  World& world = *context.world;
  return known_keys(world, key_of(arguments),
                    [&](const std::string& one) { return world.memory(context.rule->name, one).has_value(); });
}

int get_state(lua_State* lua) {
  const auto arguments = Arguments::method(lua, "ctx.state:get");
  const RuleContext& context = context_of(lua);
  const auto found = context.world->memory(context.rule->name, keys_of(lua, arguments).front());
  found ? push_json_text(lua, *found) : lua_pushnil(lua);
  return 1;
}

int put(lua_State* lua) {
  const auto arguments = Arguments::method(lua, "ctx.state:put");
  if (!arguments.has(2)) arguments.refuse("value: found nothing, expected a value; to forget it use ctx.state:delete");
  MemoryPut wish{keys_of(lua, arguments).front(), dump(arguments.json(2, "value"))};
  if (wish.json.size() > limits::kRuleStateBytes) {
    arguments.refuse(
        fmt::format("value: {} bytes as JSON, expected at most {}", wish.json.size(), limits::kRuleStateBytes));
  }
  ask(lua, std::move(wish));
  return 0;
}

int forget(lua_State* lua) {
  const auto arguments = Arguments::method(lua, "ctx.state:delete");
  for (const std::string& key : keys_of(lua, arguments)) ask(lua, MemoryDelete{key});
  return 0;
}

}  // namespace

void push_api_state(lua_State* lua) {
  lua_newtable(lua);
  set_function<get_state>(lua, "get");
  set_function<put>(lua, "put");
  set_function<forget>(lua, "delete");
  make_read_only(lua, "ctx.state");
}

}  // namespace hookswitch
