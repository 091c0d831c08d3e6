#include "engine/state/kpis.h"

#include <algorithm>

#include "engine/base/bytes.h"
#include "engine/base/hash.h"
#include "engine/base/limits.h"
#include "engine/state/keys.h"
#include "engine/state/kpi_row.h"
#include "engine/state/varint.h"

namespace hookswitch {
namespace {

void put_short(std::string& out, const std::string& text) {
  out += static_cast<char>(text.size());
  out += text;
}

void change(Writer& writer, const KpiKey& place, std::string_view dimensions, const KpiAmount& amount, int64_t times) {
  std::string key = kpi_key(place, dimensions);
  KpiRow row;
  auto old = writer.get(Table::kpis, key);
  if (old) row = KpiRow::decode(*old).value_or(KpiRow{});
  row.dimensions = dimensions;
  row.add(amount, times);
  if (!row.zero()) {
    writer.put(Table::kpis, key, row.encode());
  } else if (old) {
    writer.del(Table::kpis, key);
  }
}

int64_t wrapping_sum(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}

}  // namespace

Result<std::string> encode_dimensions(const Dimensions& dimensions) {
  if (dimensions.size() > limits::kKpiDimensions) {
    return fail(Code::too_large, "count a KPI: found {} dimensions, expected at most {}", dimensions.size(),
                limits::kKpiDimensions);
  }
  std::string out;
  for (const auto& [name, value] : dimensions) {
    if (name.size() > limits::kKpiDimensionBytes || value.size() > limits::kKpiDimensionBytes) {
      return fail(Code::too_large, "count a KPI: a dimension's name has {} bytes and its value {}, expected at most {}",
                  name.size(), value.size(), limits::kKpiDimensionBytes);
    }
    put_short(out, name);
    put_short(out, value);
  }
  return out;
}

Dimensions decode_dimensions(std::string_view bytes) {
  Dimensions out;
  ByteReader in(bytes);
  while (in.ok() && in.left() > 0) {
    std::string name(in.bytes(in.le<uint8_t>()));
    out.emplace(std::move(name), in.bytes(in.le<uint8_t>()));
  }
  return out;
}

void KpiRow::add(const KpiAmount& amount, int64_t times) {
  count += times;
  sum_micros = wrapping_sum(sum_micros, times < 0 ? wrapping_sum(~amount.micros, 1) : amount.micros);
  if (amount.observed) sketch.add(amount.micros, times);
}

void KpiRow::add(const KpiRow& other) {
  count += other.count;
  sum_micros = wrapping_sum(sum_micros, other.sum_micros);
  sketch.add(other.sketch);
}

std::string KpiRow::encode() const {
  std::string out;
  out.reserve(dimensions.size() + 32 + 4 * sketch.parts());
  put_varint(out, dimensions.size());
  out += dimensions;
  put_zigzag(out, count);
  put_zigzag(out, sum_micros);
  sketch.encode(out);
  return out;
}

std::optional<KpiRow> KpiRow::decode(std::string_view bytes) {
  KpiRow row;
  auto size = take_varint(bytes);
  if (!size || *size > bytes.size()) return std::nullopt;
  row.dimensions = bytes.substr(0, *size);
  bytes.remove_prefix(*size);
  auto count = take_zigzag(bytes);
  auto sum = take_zigzag(bytes);
  auto sketch = Sketch::decode(bytes);
  if (!count || !sum || !sketch) return std::nullopt;
  row.count = *count;
  row.sum_micros = *sum;
  row.sketch = std::move(*sketch);
  return row;
}

std::string kpi_prefix(std::string_view name) {
  std::string key;
  put_key_text(key, name);
  return key;
}

std::string kpi_prefix(std::string_view name, std::string_view tenant) {
  std::string key = kpi_prefix(name);
  put_key_text(key, tenant);
  return key;
}

std::string kpi_key(const KpiKey& place, std::string_view dimensions) {
  std::string key = kpi_prefix(place.name, place.tenant);
  put_ordered_i64(key, place.hour_ms);
  if (!dimensions.empty()) key += hash128(dimensions);
  return key;
}

void add_kpi(Writer& writer, const KpiKey& key, std::string_view dimensions, const KpiAmount& amount) {
  change(writer, key, dimensions, amount, 1);
}

void remove_kpi(Writer& writer, const KpiKey& key, std::string_view dimensions, const KpiAmount& amount) {
  change(writer, key, dimensions, amount, -1);
}

std::vector<std::string> kpi_names(const Reader& reader, size_t limit) {
  std::vector<std::string> names;
  std::string from;
  bool more = true;
  while (more && names.size() < limit) {
    more = false;
    reader.scan(Table::kpis, from, Direction::forward, [&](std::string_view key, std::string_view) {
      size_t size = key_text_size(key);
      if (size == 0) return false;
      names.emplace_back(key.substr(1, size - 1));
      from = std::string(key.substr(0, size)) + std::string(2, '\xff');  // beyond every tenant of this name
      more = true;
      return false;
    });
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace hookswitch
