// ctx.timer: events in the future.
#include "engine/base/time_text.h"
#include "engine/rules/api.h"
#include "engine/rules/arguments.h"
#include "engine/rules/read_only.h"
#include "engine/rules/rule_context.h"
#include "engine/state/timers.h"

namespace hookswitch {
namespace {

constexpr int64_t kTimeMax = 253'402'300'799'000;  // the end of the year 9999

int64_t after_ms(lua_State* lua, const Fields& fields) {
  const bool is_text = fields.push("after") == LUA_TSTRING;
  lua_pop(lua, 1);
  const auto after = is_text ? parse_duration_ms(*fields.text("after")) : fields.integer("after");
  if (!after || *after < 0) fields.refuse("after: expected milliseconds or a duration such as '90s', '5m', '2h', '1d'");
  return *after;
}

int64_t due(lua_State* lua, const Fields& fields) {
  const bool has_after = fields.push("after") != LUA_TNIL;
  const bool has_at = fields.push("at") != LUA_TNIL;
  lua_pop(lua, 2);
  if (has_after == has_at) fields.refuse("expected one of at and after");
  int64_t out = 0;
  const int64_t now = context_of(lua).event->time_ms;
  if (has_at) {
    out = *fields.integer("at");
  } else if (__builtin_add_overflow(now, after_ms(lua, fields), &out)) {
    out = kTimeMax + 1;
  }
  if (out < 0 || out > kTimeMax) fields.refuse("the time is not between the years 1970 and 9999");
  return out;
}

std::string own_key(const Arguments& arguments, std::string key) {
  if (key.starts_with(kEngineTimers)) arguments.refuse("keys that begin with 'hookswitch.' are the engine's own");
  return key;
}

std::vector<std::string> known_timers(lua_State* lua, std::string_view key) {
  World& world = *context_of(lua).world;
  return known_keys(world, key, [&](const std::string& one) { return world.timer(one).has_value(); });
}

// Of timers that turn out to be one, one is left.
int set(lua_State* lua) {
  const auto arguments = Arguments::method(lua, "ctx.timer:set");
  const Fields fields(lua, arguments.index(1), "ctx.timer:set", {"key", "at", "after", "name", "data"});
  TimerSet wish{own_key(arguments, fields.required_text("key")), due(lua, fields), fields.required_text("name"),
                fields.json("data")};
  if (wish.data.is_null()) wish.data = Json::object();
  if (!wish.data.is_object()) fields.refuse("data: expected a table with named fields");
  const auto keys = known_timers(lua, wish.key);
  for (size_t n = 1; n < keys.size(); ++n) ask(lua, TimerCancel{keys[n]});
  wish.key = keys.front();
  ask(lua, std::move(wish));
  return 0;
}

int cancel_timer(lua_State* lua) {
  const auto arguments = Arguments::method(lua, "ctx.timer:cancel");
  const std::string key = own_key(arguments, std::string(arguments.text(1, "key")));
  for (const std::string& known : known_timers(lua, key)) ask(lua, TimerCancel{known});
  return 0;
}

}  // namespace

void push_api_timer(lua_State* lua) {
  lua_newtable(lua);
  set_function<set>(lua, "set");
  set_function<cancel_timer>(lua, "cancel");
  make_read_only(lua, "ctx.timer");
}

}  // namespace hookswitch
