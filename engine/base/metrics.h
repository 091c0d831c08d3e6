// Counters, gauges and histograms that Prometheus can read, cheap enough for the hot path.
//
// One Metrics object is made at start and handed to whoever counts. Asking it for a counter looks the name up under a
// lock and gives a reference that stays good as long as the Metrics lives: whoever counts often keeps the reference,
// and counting is then one atomic addition. Labels cannot grow without bound: see limits::kMetricSeries.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hookswitch {

/// Only goes up.
class Counter {
 public:
  void add(uint64_t by = 1) { value_.fetch_add(by, std::memory_order_relaxed); }  // [any]
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

/// Goes up and down.
class Gauge {
 public:
  void set(double value) { value_.store(value, std::memory_order_relaxed); }  // [any]
  void add(double by) { value_.fetch_add(by, std::memory_order_relaxed); }    // [any]
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

/// How often a value fell into which bucket, and the sum of all.
class Histogram {
 public:
  /// `bounds` are the buckets' upper ends, ascending; one more without an end is added.
  explicit Histogram(std::vector<double> bounds);
  void observe(double value);  // [any]
  /// [any] The number of values up to each bound, the unbounded last.
  std::vector<uint64_t> cumulative() const;
  double sum() const { return sum_.load(std::memory_order_relaxed); }
  const std::vector<double>& bounds() const { return bounds_; }

 private:
  const std::vector<double> bounds_;
  std::unique_ptr<std::atomic<uint64_t>[]> counts_;  // one per bound and one more
  std::atomic<double> sum_{0};
};

/// Names and values, for example {{"source", "twilio"}}. Order does not matter.
using Labels = std::vector<std::pair<std::string, std::string>>;

/// From 50 microseconds to ten seconds, in seconds: for waiting times.
const std::vector<double>& seconds_buckets();

class Metrics {
 public:
  /// [any] The one of that name and these labels, made when new. `help` is what the first caller of a name says.
  /// A name is of one type for ever. Beyond limits::kMetricSeries label sets of a name all further ones share one,
  /// whose label values are "other".
  Counter& counter(std::string_view name, std::string_view help, const Labels& labels = {});
  Gauge& gauge(std::string_view name, std::string_view help, const Labels& labels = {});
  Histogram& histogram(std::string_view name, std::string_view help, const Labels& labels = {},
                       const std::vector<double>& bounds = seconds_buckets());

  /// [main] `fn` runs before every text(), to set gauges that are cheaper to ask for than to keep.
  void before_text(std::function<void()> fn);

  /// [any] Everything, in the Prometheus text format 0.0.4, sorted by name and labels.
  std::string text() const;

 private:
  enum class Type { counter, gauge, histogram };
  struct Series {
    std::unique_ptr<Counter> counter;
    std::unique_ptr<Gauge> gauge;
    std::unique_ptr<Histogram> histogram;
  };
  struct Family {
    Type type = Type::counter;
    std::string help;
    std::map<std::string, Series> series;  // by labels as they are printed
  };

  Series& series(Type type, std::string_view name, std::string_view help, const Labels& labels);
  static void print_series(std::string& out, const std::string& name, const std::string& labels, const Series& series);
  static void print_histogram(std::string& out, const std::string& name, const std::string& labels,
                              const Histogram& histogram);

  mutable std::mutex mutex_;  // guards the maps; what they hold is atomic
  std::map<std::string, Family, std::less<>> families_;
  std::vector<std::function<void()>> before_text_;
};

}  // namespace hookswitch
