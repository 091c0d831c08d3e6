#include "engine/rules/rule_context.h"

#include <fmt/format.h>

#include "engine/base/limits.h"
#include "engine/rules/arguments.h"
#include "engine/rules/sandbox.h"

namespace hookswitch {

RuleContext& context_of(lua_State* lua) {
  RuleContext* context = Sandbox::of(lua).context;
  if (context == nullptr || context->event == nullptr) raise(lua, "ctx is there only while an event is handled");
  return *context;
}

void ask(lua_State* lua, Wish wish) {
  RuleContext& context = context_of(lua);
  if (++context.effects > limits::kEffectsPerEvent) {
    raise(lua, fmt::format("the rules ask for more than {} effects for one event", limits::kEffectsPerEvent));
  }
  auto added = context.world->add({context.rule->name, context.rule->per_call, std::move(wish)});
  if (!added) raise(lua, added.error().message);
}

}  // namespace hookswitch
