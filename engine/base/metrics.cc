#include "engine/base/metrics.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/limits.h"

namespace hookswitch {
namespace {

// Backslash, quote and line end, as the format wants them inside a label value.
std::string escaped(std::string_view value) {
  std::string out;
  for (char c : value.substr(0, limits::kMetricLabelBytes)) {
    if (c == '\\' || c == '"') out.push_back('\\');
    if (c == '\n') {
      out += "\\n";
    } else {
      out.push_back(c);
    }
  }
  return out;
}

// {a="1",b="2"} without the braces, by name.
std::string printed(Labels labels) {
  std::sort(labels.begin(), labels.end());
  std::string out;
  for (const auto& [name, value] : labels) {
    if (!out.empty()) out.push_back(',');
    out += fmt::format("{}=\"{}\"", name, escaped(value));
  }
  return out;
}

Labels all_other(Labels labels) {
  for (auto& [name, value] : labels) value = "other";
  return labels;
}

std::string in_braces(const std::string& labels) { return labels.empty() ? "" : "{" + labels + "}"; }

}  // namespace

const std::vector<double>& seconds_buckets() {
  static const std::vector<double> kBuckets{0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                            0.05,    0.1,    0.25,    0.5,    1,     2.5,    5,     10};
  return kBuckets;
}

Histogram::Histogram(std::vector<double> bounds)
    : bounds_(std::move(bounds)), counts_(std::make_unique<std::atomic<uint64_t>[]>(bounds_.size() + 1)) {
  ENSURE(std::is_sorted(bounds_.begin(), bounds_.end()), "bounds of a histogram ascend");
}

void Histogram::observe(double value) {
  auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
  counts_[static_cast<size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

std::vector<uint64_t> Histogram::cumulative() const {
  std::vector<uint64_t> out(bounds_.size() + 1);
  uint64_t total = 0;
  for (size_t i = 0; i < out.size(); ++i) out[i] = total += counts_[i].load(std::memory_order_relaxed);
  return out;
}

Metrics::Series& Metrics::series(Type type, std::string_view name, std::string_view help, const Labels& labels) {
  auto found = families_.find(name);
  if (found == families_.end()) found = families_.emplace(name, Family{type, std::string(help), {}}).first;
  Family& family = found->second;
  ENSURE(family.type == type, "metric {} is asked for as two types", name);
  std::string key = printed(labels);
  bool full = family.series.size() >= limits::kMetricSeries && !family.series.contains(key);
  return family.series[full ? printed(all_other(labels)) : key];
}

Counter& Metrics::counter(std::string_view name, std::string_view help, const Labels& labels) {
  std::lock_guard lock(mutex_);
  auto& slot = series(Type::counter, name, help, labels).counter;
  if (!slot) slot = std::make_unique<Counter>();
  return *slot;
}

Gauge& Metrics::gauge(std::string_view name, std::string_view help, const Labels& labels) {
  std::lock_guard lock(mutex_);
  auto& slot = series(Type::gauge, name, help, labels).gauge;
  if (!slot) slot = std::make_unique<Gauge>();
  return *slot;
}

Histogram& Metrics::histogram(std::string_view name, std::string_view help, const Labels& labels,
                              const std::vector<double>& bounds) {
  std::lock_guard lock(mutex_);
  auto& slot = series(Type::histogram, name, help, labels).histogram;
  if (!slot) slot = std::make_unique<Histogram>(bounds);
  return *slot;
}

void Metrics::before_text(std::function<void()> fn) {
  std::lock_guard lock(mutex_);
  before_text_.push_back(std::move(fn));
}

void Metrics::print_histogram(std::string& out, const std::string& name, const std::string& labels,
                              const Histogram& histogram) {
  auto counts = histogram.cumulative();
  std::string comma = labels.empty() ? "" : ",";
  for (size_t i = 0; i < counts.size(); ++i) {
    std::string bound = i < histogram.bounds().size() ? fmt::format("{}", histogram.bounds()[i]) : "+Inf";
    out += fmt::format("{}_bucket{{{}{}le=\"{}\"}} {}\n", name, labels, comma, bound, counts[i]);
  }
  out += fmt::format("{}_sum{} {}\n", name, in_braces(labels), histogram.sum());
  out += fmt::format("{}_count{} {}\n", name, in_braces(labels), counts.back());
}

void Metrics::print_series(std::string& out, const std::string& name, const std::string& labels, const Series& series) {
  if (series.counter) out += fmt::format("{}{} {}\n", name, in_braces(labels), series.counter->value());
  if (series.gauge) out += fmt::format("{}{} {}\n", name, in_braces(labels), series.gauge->value());
  if (series.histogram) print_histogram(out, name, labels, *series.histogram);
}

std::string Metrics::text() const {
  static constexpr const char* kTypes[] = {"counter", "gauge", "histogram"};
  std::vector<std::function<void()>> fill;
  {
    std::lock_guard lock(mutex_);
    fill = before_text_;
  }
  for (const auto& fn : fill) fn();
  std::lock_guard lock(mutex_);
  std::string out;
  for (const auto& [name, family] : families_) {
    out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, family.help, name, kTypes[static_cast<int>(family.type)]);
    for (const auto& [labels, series] : family.series) print_series(out, name, labels, series);
  }
  return out;
}

}  // namespace hookswitch
