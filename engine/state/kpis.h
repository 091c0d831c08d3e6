// What the rules counted and measured, by the hour: who, what, when, and by which dimensions.
//
// Table kpis, key: text(name) text(tenant) i64 (ordered: start of the tenant's hour as UTC ms) and, when there are
// dimensions, 16 bytes of hash128 of them (text: put_key_text of keys.h).
// Row: varint size of the dimensions, the dimensions (for each, by name: u8 size, name, u8 size, value), zigzag count,
// zigzag sum in millionths, and a Sketch of the observed values.
// Everything is whole numbers that are added, so a row does not depend on the order, taking away is the exact inverse
// of adding, and a row that is all zero is not there.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/state/store.h"

namespace hookswitch {

constexpr double kMicros = 1e6;  // an amount's millionths

using Dimensions = std::map<std::string, std::string>;

/// Where a number counts. `hour_ms` is LocalZone::start_of(Period::hour, ...) in the tenant's zone.
struct KpiKey {
  std::string_view name;
  std::string_view tenant;
  int64_t hour_ms = 0;
};

/// A number of a KPI: one contribution, which counts once.
struct KpiAmount {
  int64_t micros = 0;
  bool observed = false;  // kept for quantiles too
  bool operator==(const KpiAmount&) const = default;
};

/// The dimensions as rows and shares keep them. `too_large` beyond limits::kKpiDimensions and kKpiDimensionBytes.
Result<std::string> encode_dimensions(const Dimensions& dimensions);
Dimensions decode_dimensions(std::string_view bytes);

/// `dimensions`: of encode_dimensions.
void add_kpi(Writer& writer, const KpiKey& key, std::string_view dimensions, const KpiAmount& amount);
/// Undoes exactly one add_kpi with the same arguments.
void remove_kpi(Writer& writer, const KpiKey& key, std::string_view dimensions, const KpiAmount& amount);

/// Every KPI name that has rows, of all tenants together or of one, sorted, at most `limit`.
std::vector<std::string> kpi_names(const Reader& reader, size_t limit,
                                   const std::optional<std::string>& tenant = std::nullopt);

}  // namespace hookswitch
