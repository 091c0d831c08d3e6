// hookswitch.time: rfc3339, parse, in_zone, add_days, within, next_open. All times are milliseconds since 1970, UTC.
#include "engine/base/time_text.h"
#include "engine/calling/zone.h"
#include "engine/rules/api.h"
#include "engine/rules/arguments.h"
#include "engine/rules/modules.h"
#include "engine/rules/read_only.h"

namespace hookswitch {
namespace {

constexpr uint64_t kZoneSteps = 50;  // a look into a time zone

template <class T>
T value_or_refuse(const Arguments& arguments, Result<T> result) {
  if (!result) arguments.refuse(result.error().message);
  return *result;
}

int to_rfc3339(lua_State* lua) {
  const auto arguments = Arguments::function(lua, "time.rfc3339");
  const int64_t ms = arguments.integer(1, "ms");
  const std::string text = rfc3339(ms);
  if (parse_rfc3339(text) != ms) arguments.refuse(fmt::format("time {} is not within the years 0 to 9999", ms));
  lua_pushlstring(lua, text.data(), text.size());
  return 1;
}

int parse(lua_State* lua) {
  const auto ms = parse_rfc3339(Arguments::function(lua, "time.parse").text(1, "text"));
  ms ? lua_pushinteger(lua, *ms) : lua_pushnil(lua);
  return 1;
}

void set_integer(lua_State* lua, const char* name, lua_Integer value) {
  lua_pushinteger(lua, value);
  lua_setfield(lua, -2, name);
}

int in_zone(lua_State* lua) {
  const auto arguments = Arguments::function(lua, "time.in_zone");
  Sandbox::of(lua).charge(kZoneSteps);
  const auto local =
      value_or_refuse(arguments, local_time(arguments.integer(1, "ms"), std::string(arguments.text(2, "zone"))));
  lua_createtable(lua, 0, 8);
  set_integer(lua, "year", local.year);
  set_integer(lua, "month", local.month);
  set_integer(lua, "day", local.day);
  set_integer(lua, "hour", local.hour);
  set_integer(lua, "min", local.min);
  set_integer(lua, "sec", local.sec);
  set_integer(lua, "wday", local.wday);
  set_integer(lua, "offset_secs", local.offset_secs);
  return 1;
}

int later_days(lua_State* lua) {
  const auto arguments = Arguments::function(lua, "time.add_days");
  Sandbox::of(lua).charge(kZoneSteps);
  const int64_t days = std::clamp<int64_t>(arguments.integer(3, "days"), INT32_MIN, INT32_MAX);
  lua_pushinteger(
      lua, value_or_refuse(arguments, add_days(arguments.integer(1, "ms"), std::string(arguments.text(2, "zone")),
                                               static_cast<int>(days))));
  return 1;
}

Window window(lua_State* lua, const Arguments& arguments, const char* function) {
  const Fields fields(lua, arguments.index(3), function, {"days", "from", "to"});
  return value_or_refuse(arguments, parse_window(fields.text("days").value_or("mon-sun"), fields.required_text("from"),
                                                 fields.required_text("to")));
}

int is_within(lua_State* lua) {
  const auto arguments = Arguments::function(lua, "time.within");
  Sandbox::of(lua).charge(kZoneSteps);
  const Window hours = window(lua, arguments, "time.within");
  lua_pushboolean(lua, value_or_refuse(arguments, within(arguments.integer(1, "ms"),
                                                         std::string(arguments.text(2, "zone")), hours)));
  return 1;
}

int opening(lua_State* lua) {
  const auto arguments = Arguments::function(lua, "time.next_open");
  Sandbox::of(lua).charge(20 * kZoneSteps);
  const Window hours = window(lua, arguments, "time.next_open");
  lua_pushinteger(lua, value_or_refuse(arguments, next_open(arguments.integer(1, "ms"),
                                                            std::string(arguments.text(2, "zone")), hours)));
  return 1;
}

}  // namespace

void push_module_time(lua_State* lua) {
  lua_newtable(lua);
  set_function<to_rfc3339>(lua, "rfc3339");
  set_function<parse>(lua, "parse");
  set_function<in_zone>(lua, "in_zone");
  set_function<later_days>(lua, "add_days");
  set_function<is_within>(lua, "within");
  set_function<opening>(lua, "next_open");
  make_read_only(lua, "hookswitch.time");
}

}  // namespace hookswitch
