// One row of the table kpis, taken apart. The layout is in kpis.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/state/kpis.h"
#include "engine/state/sketch.h"

namespace hookswitch {

struct KpiRow {
  std::string dimensions;  // of encode_dimensions
  int64_t count = 0;
  int64_t sum_micros = 0;
  Sketch sketch;

  /// Takes the amount in `times` times (-1: away). Sums wrap around instead of overflowing, so that also then taking
  /// away undoes adding.
  void add(const KpiAmount& amount, int64_t times);
  void add(const KpiRow& other);
  bool zero() const { return count == 0 && sum_micros == 0 && sketch.empty(); }
  std::string encode() const;
  static std::optional<KpiRow> decode(std::string_view bytes);
};

std::string kpi_key(const KpiKey& key, std::string_view dimensions);
/// What the keys of one KPI begin with, of all tenants or of one.
std::string kpi_prefix(std::string_view name);
std::string kpi_prefix(std::string_view name, std::string_view tenant);

}  // namespace hookswitch
