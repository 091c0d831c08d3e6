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

int64_t wrapping_sum(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}

// Taken away instead of added when `times` is -1.
int64_t signed_micros(int64_t micros, int64_t times) { return times < 0 ? wrapping_sum(~micros, 1) : micros; }

void put_head(std::string& row, std::string_view dimensions, int64_t count, int64_t sum_micros) {
  put_varint(row, dimensions.size());
  row += dimensions;
  put_zigzag(row, count);
  put_zigzag(row, sum_micros);
}

// What stands in front of a row's sketch, which is not taken apart.
struct Head {
  std::string_view dimensions;
  int64_t count = 0;
  int64_t sum_micros = 0;
  std::string_view sketch;
};

std::optional<Head> read_head(std::string_view row) {
  auto dimensions = take_varint_sized(row);
  auto count = dimensions ? take_zigzag(row) : std::nullopt;
  auto sum = count ? take_zigzag(row) : std::nullopt;
  if (!sum) return std::nullopt;
  return Head{*dimensions, *count, *sum, row};
}

// The row with the amount in it, "" when nothing is left of it. Most rows are changed by every call, and some have a
// sketch of hundreds of parts: so it is changed as it lies there.
std::string changed(std::string_view old, std::string_view dimensions, const KpiAmount& amount, int64_t times) {
  Head head = read_head(old).value_or(Head{});
  std::string row;
  row.reserve(old.size() + dimensions.size() + 48);
  const int64_t count = head.count + times;
  const int64_t sum_micros = wrapping_sum(head.sum_micros, signed_micros(amount.micros, times));
  put_head(row, dimensions, count, sum_micros);
  const size_t head_bytes = row.size();
  if (!amount.observed) {
    row += head.sketch;
  } else if (!Sketch::add_encoded(head.sketch, amount.micros, times, row)) {
    return changed({}, dimensions, amount, times);  // damaged: it begins anew
  }
  return count == 0 && sum_micros == 0 && row.size() == head_bytes ? std::string() : row;
}

void change(Writer& writer, const KpiKey& place, std::string_view dimensions, const KpiAmount& amount, int64_t times) {
  std::string key = kpi_key(place, dimensions);
  auto old = writer.get(Table::kpis, key);
  std::string row = changed(old.value_or(std::string_view()), dimensions, amount, times);
  if (!row.empty()) {
    writer.put(Table::kpis, key, row);
  } else if (old) {
    writer.del(Table::kpis, key);
  }
}

// What the keys of the first KPI from `from` on begin with; "" when there is none.
std::string next_name(const Reader& reader, const std::string& from) {
  std::string found;
  reader.scan(Table::kpis, from, Direction::forward, [&](std::string_view key, std::string_view) {
    found = key.substr(0, key_text_size(key));
    return false;
  });
  return found;
}

bool has_rows(const Reader& reader, const std::string& prefix) {
  bool found = false;
  reader.scan(Table::kpis, prefix, Direction::forward, [&](std::string_view key, std::string_view) {
    found = key.starts_with(prefix);
    return false;
  });
  return found;
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
  sum_micros = wrapping_sum(sum_micros, signed_micros(amount.micros, times));
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
  put_head(out, dimensions, count, sum_micros);
  sketch.encode(out);
  return out;
}

std::optional<KpiRow> KpiRow::decode(std::string_view bytes) {
  auto head = read_head(bytes);
  auto sketch = head ? Sketch::decode(head->sketch) : std::nullopt;
  if (!sketch) return std::nullopt;
  KpiRow row;
  row.dimensions = head->dimensions;
  row.count = head->count;
  row.sum_micros = head->sum_micros;
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

std::vector<std::string> kpi_names(const Reader& reader, size_t limit, const std::optional<std::string>& tenant) {
  const std::string beyond(2, '\xff');  // every tenant of a name
  std::string of;
  if (tenant) put_key_text(of, *tenant);
  std::vector<std::string> names;
  for (std::string name = next_name(reader, ""); !name.empty() && names.size() < limit;
       name = next_name(reader, name + beyond)) {
    if (has_rows(reader, name + of)) names.push_back(name.substr(1));
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace hookswitch
