#include "engine/base/metrics.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <thread>

#include "engine/base/limits.h"

using namespace hookswitch;

namespace {

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("a counter is printed with its help, type and sorted labels") {
  Metrics metrics;
  metrics.counter("hooks_total", "Deliveries.", {{"source", "twilio"}, {"code", "ok"}}).add(3);
  std::string text = metrics.text();
  CHECK(has_line(text, "# HELP hooks_total Deliveries."));
  CHECK(has_line(text, "# TYPE hooks_total counter"));
  CHECK(has_line(text, R"(hooks_total{code="ok",source="twilio"} 3)"));
}

TEST_CASE("asking again for the same labels in another order gives the same counter") {
  Metrics metrics;
  Counter& first = metrics.counter("c", "", {{"a", "1"}, {"b", "2"}});
  CHECK(&first == &metrics.counter("c", "", {{"b", "2"}, {"a", "1"}}));
  CHECK(&first != &metrics.counter("c", "", {{"b", "2"}, {"a", "2"}}));
}

TEST_CASE("label values cannot break out of their quotes") {
  Metrics metrics;
  metrics.counter("c", "", {{"a", "x\"} 1\nevil 2\\"}}).add();
  CHECK(has_line(metrics.text(), R"(c{a="x\"} 1\nevil 2\\"} 1)"));
}

TEST_CASE("a histogram counts cumulatively and ends with +Inf, sum and count") {
  Metrics metrics;
  Histogram& took = metrics.histogram("took_seconds", "Time.", {{"s", "t"}}, {0.1, 1});
  for (double value : {0.05, 0.1, 0.5, 7.0}) took.observe(value);
  std::string text = metrics.text();
  CHECK(has_line(text, R"(took_seconds_bucket{s="t",le="0.1"} 2)"));
  CHECK(has_line(text, R"(took_seconds_bucket{s="t",le="1"} 3)"));
  CHECK(has_line(text, R"(took_seconds_bucket{s="t",le="+Inf"} 4)"));
  CHECK(has_line(text, R"(took_seconds_sum{s="t"} 7.65)"));
  CHECK(has_line(text, R"(took_seconds_count{s="t"} 4)"));
}

TEST_CASE("a histogram without labels has only le") {
  Metrics metrics;
  metrics.histogram("h", "", {}, {1}).observe(1);
  CHECK(has_line(metrics.text(), R"(h_bucket{le="1"} 1)"));
  CHECK(has_line(metrics.text(), "h_sum 1"));
}

TEST_CASE("label sets beyond the limit are counted together as other") {
  Metrics metrics;
  for (size_t i = 0; i < limits::kMetricSeries; ++i) metrics.counter("c", "", {{"n", std::to_string(i)}}).add();
  CHECK_FALSE(has_line(metrics.text(), R"(c{n="other"} 1)"));
  metrics.counter("c", "", {{"n", "one more"}}).add();
  metrics.counter("c", "", {{"n", "and another"}}).add();
  CHECK(has_line(metrics.text(), R"(c{n="other"} 2)"));
  metrics.counter("c", "", {{"n", "0"}}).add();
  CHECK(has_line(metrics.text(), R"(c{n="0"} 2)"));
}

TEST_CASE("a label value is cut at its limit") {
  Metrics metrics;
  metrics.counter("c", "", {{"n", std::string(limits::kMetricLabelBytes + 1, 'x')}}).add();
  CHECK(has_line(metrics.text(), "c{n=\"" + std::string(limits::kMetricLabelBytes, 'x') + "\"} 1"));
}

TEST_CASE("gauges that are asked for are filled in before the text is made") {
  Metrics metrics;
  Gauge& lag = metrics.gauge("lag", "Records.");
  metrics.before_text([&] { lag.set(2.5); });
  CHECK(has_line(metrics.text(), "lag 2.5"));
}

TEST_CASE("several threads may count and look up at once") {
  Metrics metrics;
  auto count = [&] {
    for (int i = 0; i < 10'000; ++i) metrics.counter("c", "").add();
  };
  std::thread other(count);
  count();
  other.join();
  CHECK(metrics.counter("c", "").value() == 20'000);
}
