#include "engine/state/kpi_series.h"

#include <algorithm>
#include <map>
#include <utility>

#include "engine/base/bytes.h"
#include "engine/base/limits.h"
#include "engine/state/keys.h"
#include "engine/state/kpi_row.h"

namespace hookswitch {
namespace {

constexpr double kMicros = 1e6;

__extension__ using Wide = __int128;  // a row's sum fits 64 bits, that of many need not

struct Total {
  KpiRow rows;
  Wide sum_micros = 0;
};

using Totals = std::map<std::pair<int64_t, std::string>, Total>;  // (start, dimension's value)

std::optional<double> units_shown(std::optional<int64_t> micros) {
  if (!micros) return std::nullopt;
  return static_cast<double>(*micros) / kMicros;
}

KpiBucket bucket_of(const Totals::value_type& total, const KpiQuery& query) {
  const KpiRow& row = total.second.rows;
  KpiBucket bucket;
  bucket.start_ms = total.first.first;
  bucket.end_ms = query.zone.next_after(query.period, bucket.start_ms);
  bucket.key = total.first.second;
  bucket.value = static_cast<double>(total.second.sum_micros) / kMicros;
  bucket.count = row.count;
  bucket.avg = row.count == 0 ? 0 : bucket.value / static_cast<double>(row.count);
  bucket.min = units_shown(row.sketch.quantile(0));
  // The middle of a part may lie above all that is in it; where all was observed, the average never lies below the
  // least.
  if (bucket.min && row.sketch.count() == row.count) bucket.min = std::min(*bucket.min, bucket.avg);
  bucket.p50 = units_shown(row.sketch.quantile(0.5));
  bucket.p95 = units_shown(row.sketch.quantile(0.95));
  return bucket;
}

std::string key_of(const KpiRow& row, const std::string& by) {
  if (by.empty()) return "";
  Dimensions dimensions = decode_dimensions(row.dimensions);
  auto found = dimensions.find(by);
  return found == dimensions.end() ? "" : found->second;
}

// Adds rows to totals until a bound is reached or a row cannot be read.
class Sum {
 public:
  explicit Sum(const KpiQuery& query) : query_(query) {}

  bool add(int64_t hour_ms, std::string_view bytes) {
    auto row = KpiRow::decode(bytes);
    if (!row) status_ = fail(Code::corrupt, "read KPI \"{}\": a row of {} bytes is damaged", query_.name, bytes.size());
    if (++rows_ > limits::kKpiRowsRead) status_ = too_many("rows", limits::kKpiRowsRead);
    if (!status_) return false;
    Total& total = totals_[{query_.zone.start_of(query_.period, hour_ms), key_of(*row, query_.by)}];
    total.rows.add(*row);
    total.sum_micros += row->sum_micros;
    if (totals_.size() > limits::kKpiBuckets) status_ = too_many("buckets", limits::kKpiBuckets);
    return status_.has_value();
  }

  /// ok as long as everything could be added.
  const Status& status() const { return status_; }
  const Totals& totals() const { return totals_; }
  size_t rows() const { return rows_; }

 private:
  std::unexpected<Error> too_many(const char* what, size_t most) const {
    return fail(Code::too_large, "read KPI \"{}\": found more than {} {}, expected a shorter range or a longer period",
                query_.name, most, what);
  }

  const KpiQuery& query_;
  Totals totals_;
  size_t rows_ = 0;
  Status status_;
};

// One tenant's rows in the range; `tenant_prefix` is what its keys begin with.
void add_tenant(const Reader& reader, const std::string& tenant_prefix, int64_t from_ms, int64_t to_ms, Sum& sum) {
  std::string from = tenant_prefix;
  put_ordered_i64(from, from_ms);
  reader.scan(Table::kpis, from, Direction::forward, [&](std::string_view key, std::string_view row) {
    if (!key.starts_with(tenant_prefix) || key.size() < tenant_prefix.size() + kTimeBytes) return false;
    int64_t hour_ms = get_ordered_i64(key.data() + tenant_prefix.size());
    return hour_ms < to_ms && sum.add(hour_ms, row);
  });
}

// What the keys of the first tenant after `after` begin with; "" when there is none.
std::string next_tenant(const Reader& reader, const std::string& name_prefix, const std::string& after) {
  std::string found;
  reader.scan(Table::kpis, after, Direction::forward, [&](std::string_view key, std::string_view) {
    if (!key.starts_with(name_prefix)) return false;
    size_t size = key_text_size(key.substr(name_prefix.size()));
    if (size > 0) found = key.substr(0, name_prefix.size() + size);
    return false;
  });
  return found;
}

}  // namespace

Result<std::vector<KpiBucket>> kpi_series(const Reader& reader, const KpiQuery& query, size_t* rows_read) {
  if (query.from_ms >= query.to_ms) {
    return fail(Code::invalid, "read KPI \"{}\": found an empty range, expected `from` before `to`", query.name);
  }
  int64_t from_ms = query.zone.start_of(query.period, query.from_ms);
  int64_t to_ms = query.zone.next_after(query.period, query.to_ms - 1);
  Sum sum(query);
  if (query.tenant) {
    add_tenant(reader, kpi_prefix(query.name, *query.tenant), from_ms, to_ms, sum);
  } else {
    std::string name_prefix = kpi_prefix(query.name);
    std::string tenant = next_tenant(reader, name_prefix, name_prefix);
    while (!tenant.empty() && sum.status()) {
      add_tenant(reader, tenant, from_ms, to_ms, sum);
      tenant = next_tenant(reader, name_prefix, tenant + std::string(9, '\xff'));
    }
  }
  if (rows_read != nullptr) *rows_read += sum.rows();
  if (!sum.status()) return std::unexpected(sum.status().error());
  if (auto status = reader.status(); !status) return std::unexpected(status.error());
  std::vector<KpiBucket> buckets;
  for (const auto& total : sum.totals()) buckets.push_back(bucket_of(total, query));
  return buckets;
}

}  // namespace hookswitch
