// ctx.kpi: shares in key figures.
#include <fmt/format.h>

#include <cmath>

#include "engine/base/limits.h"
#include "engine/rules/api.h"
#include "engine/rules/arguments.h"
#include "engine/rules/read_only.h"
#include "engine/rules/rule_context.h"

namespace hookswitch {
namespace {

constexpr double kMicros = 1e6;
constexpr double kAmountMax = 9e12;  // in millionths it still fits 64 bits

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

std::string as_text(const Json& value) { return value.is_string() ? value.get<std::string>() : dump(value); }

/// Dimensions are words: text, numbers or truth. nil leaves one out, so they may be written in a row.
std::map<std::string, std::string> dimensions(const Arguments& arguments, int at) {
  std::map<std::string, std::string> out;
  if (!arguments.has(at)) return out;
  arguments.table(at, "dimensions");
  const Json fields = arguments.json(at, "dimensions");
  if (fields.is_array()) arguments.refuse("dimensions: found a list, expected named values");
  for (const auto& [key, value] : fields.items()) {
    if (value.is_structured() || value.is_null()) arguments.refuse(fmt::format("dimension '{}': expected text", key));
    std::string word = as_text(value);
    if (key.size() > limits::kKpiDimensionBytes || word.size() > limits::kKpiDimensionBytes) {
      arguments.refuse(fmt::format("dimension '{}' is longer than {} bytes", key, limits::kKpiDimensionBytes));
    }
    out.emplace(key, std::move(word));
  }
  if (out.size() > limits::kKpiDimensions) {
    arguments.refuse(fmt::format("found {} dimensions, expected at most {}", out.size(), limits::kKpiDimensions));
  }
  return out;
}

int add(lua_State* lua) {
  const auto arguments = Arguments::method(lua, "ctx.kpi:add");
  KpiAdd wish{.name = name_of(arguments), .dimensions = {}};
  if (arguments.has(2)) wish.micros = micros(arguments, 2, "amount");
  wish.dimensions = dimensions(arguments, 3);
  ask(lua, std::move(wish));
  return 0;
}

int observe(lua_State* lua) {
  const auto arguments = Arguments::method(lua, "ctx.kpi:observe");
  KpiObserve wish{.name = name_of(arguments), .micros = micros(arguments, 2, "value"), .dimensions = {}};
  wish.dimensions = dimensions(arguments, 3);
  ask(lua, std::move(wish));
  return 0;
}

}  // namespace

void push_api_kpi(lua_State* lua) {
  lua_newtable(lua);
  set_function<add>(lua, "add");
  set_function<observe>(lua, "observe");
  make_read_only(lua, "ctx.kpi");
}

}  // namespace hookswitch
