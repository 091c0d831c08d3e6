// ctx.kpi: shares in key figures.
#include <fmt/format.h>

#include <cmath>

#include "engine/base/limits.h"
#include "engine/rules/api.h"
#include "engine/rules/arguments.h"
#include "engine/rules/read_only.h"
#include "engine/rules/rule_context.h"
#include "engine/rules/text_keys.h"
#include "engine/state/kpis.h"

namespace hookswitch {
namespace {

constexpr double kAmountMax = 1e9;  // of 9,000 such amounts of an hour the sum in millionths still fits 64 bits

int64_t micros(const Arguments& arguments, int at, const char* what) {
  const double amount = arguments.number(at, what);
  if (!(std::fabs(amount) <= kAmountMax)) {
    arguments.refuse(
        fmt::format("{}: found {}, expected a number between -{} and {}", what, amount, kAmountMax, kAmountMax));
  }
  return std::llround(amount * kMicros);
}

std::string name_of(const Arguments& arguments) {
  const std::string_view name = arguments.text(1, "name");
  if (name.empty() || name.size() > limits::kKpiDimensionBytes) {
    arguments.refuse(fmt::format("name: found {} bytes, expected 1 to {}", name.size(), limits::kKpiDimensionBytes));
  }
  return std::string(name);
}

/// The value of a dimension, which is on top.
std::string dimension(lua_State* lua, const Arguments& arguments, std::string_view name) {
  const int type = lua_type(lua, -1);
  if (type != LUA_TSTRING && type != LUA_TNUMBER && type != LUA_TBOOLEAN) {
    arguments.refuse(fmt::format("dimension '{}': expected text", name));
  }
  size_t size = 0;
  const char* text = luaL_tolstring(lua, -1, &size);
  std::string out(text, size);
  lua_pop(lua, 1);
  return out;
}

void check_dimensions(const Arguments& arguments, const std::map<std::string, std::string>& dimensions) {
  if (dimensions.size() > limits::kKpiDimensions) {
    arguments.refuse(
        fmt::format("found {} dimensions, expected at most {}", dimensions.size(), limits::kKpiDimensions));
  }
  for (const auto& [name, value] : dimensions) {
    if (name.size() <= limits::kKpiDimensionBytes && value.size() <= limits::kKpiDimensionBytes) continue;
    arguments.refuse(
        fmt::format("dimension '{}' is longer than {} bytes", name.substr(0, 40), limits::kKpiDimensionBytes));
  }
}

/// Dimensions are words: text, numbers or truth. nil leaves one out, so they may be written in a row.
std::map<std::string, std::string> dimensions(lua_State* lua, const Arguments& arguments, int at) {
  std::map<std::string, std::string> out;
  if (!arguments.has(at)) return out;
  arguments.table(at, "dimensions");
  const TextKeys names = text_keys(lua, arguments.index(at));
  if (!names.only_texts()) arguments.refuse("dimensions: found a list, expected named values");
  for (std::string_view name : names.keys) {
    lua_pushlstring(lua, name.data(), name.size());
    lua_rawget(lua, arguments.index(at));
    out.emplace(name, dimension(lua, arguments, name));
    lua_pop(lua, 1);
  }
  check_dimensions(arguments, out);
  return out;
}

int add_kpi(lua_State* lua) {
  const auto arguments = Arguments::method(lua, "ctx.kpi:add");
  KpiAdd wish{.name = name_of(arguments), .dimensions = {}};
  if (arguments.has(2)) wish.micros = micros(arguments, 2, "amount");
  wish.dimensions = dimensions(lua, arguments, 3);
  ask(lua, std::move(wish));
  return 0;
}

int observe(lua_State* lua) {
  const auto arguments = Arguments::method(lua, "ctx.kpi:observe");
  KpiObserve wish{.name = name_of(arguments), .micros = micros(arguments, 2, "value"), .dimensions = {}};
  wish.dimensions = dimensions(lua, arguments, 3);
  ask(lua, std::move(wish));
  return 0;
}

}  // namespace

void push_api_kpi(lua_State* lua) {
  lua_newtable(lua);
  set_function<add_kpi>(lua, "add");
  set_function<observe>(lua, "observe");
  make_read_only(lua, "ctx.kpi");
}

}  // namespace hookswitch
