// engine:kpi and engine:kpis: what was counted and measured, by tenant, hour and dimensions.
#include <fmt/format.h>

#include <cmath>
#include <set>

#include "engine/base/bytes.h"
#include "engine/base/nearest.h"
#include "engine/rules/api.h"
#include "engine/rules/arguments.h"
#include "engine/rules/lua_json.h"
#include "engine/state/kpi_row.h"
#include "engine/state/kpis.h"
#include "engine/workbench/mismatch.h"
#include "engine/workbench/test_engine.h"
#include "engine/workbench/test_script.h"

namespace hookswitch {
namespace {

constexpr size_t kHourBytes = 8;
constexpr size_t kHintsMax = 4;

Json number_of(int64_t micros) {
  const double value = static_cast<double>(micros) / kMicros;
  if (std::trunc(value) == value) return static_cast<int64_t>(value);
  return value;
}

/// One row of the table kpis, taken apart.
struct Counted {
  std::string name, tenant;
  int64_t hour_ms = 0;
  Dimensions dimensions;
  KpiRow row;
};

std::string take_text(std::string_view& key) {
  const size_t size = key.empty() ? 0 : static_cast<unsigned char>(key[0]) + size_t{1};
  std::string out(key.substr(1, size - 1));
  key.remove_prefix(std::min(size, key.size()));
  return out;
}

std::vector<Counted> counted(lua_State* lua, const std::string& name) {
  auto reader = bench_of(lua).read();
  if (!reader) raise(lua, reader.error().message);
  std::vector<Counted> out;
  (*reader)->scan_prefix(Table::kpis, name.empty() ? "" : kpi_prefix(name), [&](auto key, auto bytes) {
    auto row = KpiRow::decode(bytes);
    Counted one;
    one.name = take_text(key);
    one.tenant = take_text(key);
    if (!row || key.size() < kHourBytes) return true;
    one.hour_ms = get_ordered_i64(key.data());
    one.dimensions = decode_dimensions(row->dimensions);
    one.row = std::move(*row);
    out.push_back(std::move(one));
    return true;
  });
  return out;
}

Json row_of(lua_State* lua, const Counted& one) {
  Json out{{"name", one.name},
           {"tenant", one.tenant},
           {"hour", one.hour_ms},
           {"count", one.row.count},
           {"sum", number_of(one.row.sum_micros)},
           {"dimensions", one.dimensions}};
  out["day"] = bench_of(lua).zone_of(one.tenant).start_of(Period::day, one.hour_ms);
  if (auto median = one.row.sketch.quantile(0.5)) out["p50"] = static_cast<double>(*median) / kMicros;
  return out;
}

bool fits(lua_State* lua, const Counted& one, const Json& where) {
  for (const auto& [name, wanted] : where.items()) {
    if (name == "tenant") {
      if (wanted != one.tenant) return false;
    } else if (name == "at") {
      const int64_t hour = bench_of(lua).zone_of(one.tenant).start_of(Period::hour, wanted.get<int64_t>());
      if (hour != one.hour_ms) return false;
    } else {
      auto found = one.dimensions.find(name);
      const std::string text = wanted.is_string() ? wanted.get<std::string>() : dump(wanted);
      if (found == one.dimensions.end() || found->second != text) return false;
    }
  }
  return true;
}

/// What there is instead of what was asked for, should the check of it fail.
void hint(lua_State* lua, const std::string& name, const std::vector<Counted>& rows) {
  std::vector<std::string>& hints = TestScript::context_of(lua).hints;
  if (hints.size() >= kHintsMax) return;
  if (rows.empty()) {
    std::set<std::string> names;
    for (const Counted& one : counted(lua, "")) names.insert(one.name);
    return hints.push_back(fmt::format("nothing was counted as \"{}\"{}", name,
                                       suggestion(name, std::vector<std::string>(names.begin(), names.end()))));
  }
  std::string shown_rows;
  for (size_t i = 0; i < rows.size() && i < kHintsMax; ++i) {
    shown_rows += fmt::format("{}{} of {}", i == 0 ? "" : "; ", shown(number_of(rows[i].row.sum_micros)),
                              shown(Json(rows[i].dimensions)));
  }
  hints.push_back(fmt::format("no row of \"{}\" fits; there is {}{}", name, shown_rows,
                              rows.size() > kHintsMax ? "; and more" : ""));
}

/// engine:kpi(name, {tenant=, at=, <dimension>=}): the sum of what fits.
int kpi(lua_State* lua) {
  constexpr const char* kName = "engine:kpi";
  const auto arguments = Arguments::method(lua, kName);
  const std::string name(arguments.text(1, "name"));
  Json where = Json::object();
  if (arguments.has(2)) {
    arguments.table(2, "where");
    where = arguments.json(2, "where");
    if (where.contains("at")) {
      lua_getfield(lua, arguments.index(2), "at");
      where["at"] = time_argument(lua, -1, "engine:kpi: at");
    }
  }
  int64_t sum = 0;
  bool found = false;
  const std::vector<Counted> rows = counted(lua, name);
  for (const Counted& one : rows) {
    if (!fits(lua, one, where)) continue;
    sum += one.row.sum_micros;
    found = true;
  }
  if (!found) hint(lua, name, rows);
  push_json(lua, number_of(sum));
  return 1;
}

/// Every row of one KPI, or of all.
int kpis(lua_State* lua) {
  const auto arguments = Arguments::method(lua, "engine:kpis");
  Json out = Json::array();
  for (const Counted& one : counted(lua, std::string(arguments.text_or(1, "name", "")))) {
    out.push_back(row_of(lua, one));
  }
  push_json(lua, out);
  return 1;
}

}  // namespace

void add_kpis(lua_State* lua) {
  set_function<kpi>(lua, "kpi");
  set_function<kpis>(lua, "kpis");
}

}  // namespace hookswitch
