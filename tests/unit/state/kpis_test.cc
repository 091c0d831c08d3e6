#include "engine/state/kpis.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "engine/base/limits.h"
#include "engine/state/kpi_row.h"
#include "engine/state/kpi_series.h"
#include "engine/state/sketch.h"
#include "tests/unit/state/random_call.h"
#include "tests/unit/state/temp_store.h"

namespace hookswitch {
namespace {

constexpr int64_t kHourMs = 3'600'000;

struct Amount {
  KpiKey key;
  std::string dimensions;
  KpiAmount amount;
};

std::vector<Amount> random_amounts(Random& random, size_t count) {
  constexpr std::array kNames{"calls", "minutes"};
  constexpr std::array kTenants{"", "t1", "t2"};
  std::vector<Amount> out;
  for (size_t i = 0; i < count; ++i) {
    Dimensions dimensions;
    if (below(random, 2) == 0) dimensions["agent"] = fmt::format("g{}", below(random, 3));
    auto micros = static_cast<int64_t>(random() >> below(random, 64));
    KpiKey key{kNames[below(random, 2)], kTenants[below(random, 3)], static_cast<int64_t>(below(random, 4)) * kHourMs};
    out.push_back({key, *encode_dimensions(dimensions), {below(random, 2) == 0 ? micros : ~micros, random() % 2 == 0}});
  }
  return out;
}

TEST_CASE("the order in which amounts come, and amounts that come and go, leave no trace in a KPI's bytes") {
  TempStore one, other;
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    Random random(seed);
    INFO("seed " << seed);
    std::vector<Amount> staying = random_amounts(random, 60), going = random_amounts(random, 60);
    one.write([&](Writer& writer) {
      for (const Amount& add : staying) add_kpi(writer, add.key, add.dimensions, add.amount);
    });
    other.write([&](Writer& writer) {
      for (const Amount& add : going) add_kpi(writer, add.key, add.dimensions, add.amount);
      std::ranges::shuffle(staying, random);
      for (const Amount& add : staying) add_kpi(writer, add.key, add.dimensions, add.amount);
      std::ranges::shuffle(going, random);
      for (const Amount& add : going) remove_kpi(writer, add.key, add.dimensions, add.amount);
    });
    CHECK(dump_table(*one.read(), Table::kpis) == dump_table(*other.read(), Table::kpis));
  }
}

TEST_CASE("a KPI of which everything was taken away is not there any more") {
  TempStore temp;
  Random random(1);
  std::vector<Amount> amounts = random_amounts(random, 100);
  temp.write([&](Writer& writer) {
    for (const Amount& add : amounts) add_kpi(writer, add.key, add.dimensions, add.amount);
    CHECK(writer.count(Table::kpis) > 0);
    for (const Amount& add : amounts) remove_kpi(writer, add.key, add.dimensions, add.amount);
  });
  CHECK(temp.read()->count(Table::kpis) == 0);
}

TEST_CASE("quantiles are within one percent of the observed value, over all magnitudes and both signs") {
  Random random(5);
  for (int round = 0; round < 50; ++round) {
    std::vector<int64_t> values;
    Sketch sketch;
    for (int i = 0; i < 200; ++i) {
      auto value = static_cast<int64_t>(random() >> (1 + below(random, 63)));
      values.push_back(below(random, 3) == 0 ? -value : value);
      sketch.add(values.back(), 1);
    }
    std::ranges::sort(values);
    for (double q : {0.0, 0.05, 0.5, 0.95, 1.0}) {
      auto rank = std::max<size_t>(1, static_cast<size_t>(std::ceil(q * 200)));
      auto exact = static_cast<double>(values[rank - 1]);
      auto found = static_cast<double>(*sketch.quantile(q));
      CHECK(std::fabs(found - exact) <= std::fabs(exact) * 0.01);
    }
  }
}

TEST_CASE("a sketch gives itself back from its bytes, and adding sketches is adding what they saw") {
  Random random(6);
  Sketch a, b, both;
  for (int i = 0; i < 500; ++i) {
    auto value = static_cast<int64_t>(random());
    (i % 2 == 0 ? a : b).add(value, 1 + i % 3);
    both.add(value, 1 + i % 3);
  }
  for (int64_t edge : {INT64_MIN, INT64_MAX, int64_t{0}, int64_t{127}, int64_t{128}}) {
    a.add(edge, 1);
    both.add(edge, 1);
  }
  a.add(b);
  CHECK(a == both);
  std::string bytes;
  a.encode(bytes);
  CHECK(Sketch::decode(bytes) == a);
  CHECK_FALSE(Sketch::decode(bytes + "\x80"));
  CHECK_FALSE(Sketch().quantile(0.5));
}

TEST_CASE("adding to a sketch as it is written gives the bytes of adding to it taken apart") {
  std::mt19937_64 random(4);
  Sketch sketch;
  std::string bytes;
  std::vector<int64_t> added;
  for (int i = 0; i < 4'000; ++i) {
    bool takes_away = !added.empty() && random() % 3 == 0;
    int64_t value = takes_away ? added[random() % added.size()] : static_cast<int64_t>(random()) >> random() % 64;
    if (!takes_away) added.push_back(value);
    sketch.add(value, takes_away ? -1 : 1);
    std::string next;
    REQUIRE(Sketch::add_encoded(bytes, value, takes_away ? -1 : 1, next));
    bytes.clear();
    sketch.encode(bytes);
    REQUIRE(next == bytes);
  }
  std::string damaged(1, '\x80'), out;
  CHECK_FALSE(Sketch::add_encoded(damaged, 1, 1, out));
}

TEST_CASE("dimensions are refused beyond their limits and come back otherwise") {
  Dimensions most;
  for (size_t i = 0; i < limits::kKpiDimensions; ++i)
    most[std::to_string(i)] = std::string(limits::kKpiDimensionBytes, 'v');
  REQUIRE(encode_dimensions(most));
  CHECK(decode_dimensions(*encode_dimensions(most)) == most);
  most["one more"] = "";
  CHECK(encode_dimensions(most).error().code == Code::too_large);
  CHECK(encode_dimensions({{"a", std::string(limits::kKpiDimensionBytes + 1, 'v')}}).error().code == Code::too_large);
}

// One amount in each hour of [from, to), counted as a rule in this zone would.
void count_every_hour(Writer& writer, const LocalZone& zone, int64_t from_ms, int64_t to_ms) {
  for (int64_t at = from_ms; at < to_ms; at += kHourMs) {
    add_kpi(writer, {"calls", "t1", zone.start_of(Period::hour, at + 1800'000)}, "", {1'000'000, false});
  }
}

TEST_CASE("a day has 23 hours when clocks go forward and 25 when they go back") {
  struct Case {
    const char* zone;
    int64_t day_ms;  // a moment of the day
    int64_t hours;
  };
  const Case cases[] = {
      {"Europe/Bucharest", 1774785600000, 23},  // 2026-03-29 12:00Z
      {"Europe/Bucharest", 1792929600000, 25},  // 2026-10-25 12:00Z
      {"Europe/Bucharest", 1782475200000, 24},  // 2026-06-26 12:00Z
      {"America/New_York", 1772985600000, 23},  // 2026-03-08 16:00Z
      {"Asia/Kolkata", 1782475200000, 24},      // half an hour off
      {"UTC", 1774785600000, 24},
  };
  for (const Case& given : cases) {
    INFO(given.zone << " " << given.day_ms);
    TempStore temp;
    LocalZone zone = *LocalZone::find(given.zone);
    int64_t start = zone.start_of(Period::day, given.day_ms);
    int64_t end = zone.next_after(Period::day, given.day_ms);
    CHECK(end - start == given.hours * kHourMs);
    CHECK(zone.start_of(Period::day, end - 1) == start);
    CHECK(zone.start_of(Period::day, end) == end);
    temp.write([&](Writer& writer) { count_every_hour(writer, zone, start - 24 * kHourMs, end + 24 * kHourMs); });
    auto days = kpi_series(*temp.read(), {"calls", "t1", Period::day, given.day_ms, end, zone, ""});
    REQUIRE(days);
    REQUIRE(days->size() == 1);
    CHECK(days->front().start_ms == start);
    CHECK(days->front().end_ms == end);
    CHECK(days->front().value == given.hours);
    auto hours = kpi_series(*temp.read(), {"calls", "t1", Period::hour, start, end, zone, ""});
    CHECK(hours->size() == static_cast<size_t>(given.hours));
  }
}

TEST_CASE("a month ends where the next one begins, in winter and over the year's end") {
  LocalZone zone = *LocalZone::find("Europe/Bucharest");
  int64_t in_december = 1797163200000;  // 2026-12-13 12:00Z
  int64_t next = zone.next_after(Period::month, in_december);
  CHECK(next == 1798754400000);  // 2026-12-31 22:00Z
  CHECK(zone.start_of(Period::month, next - 1) == zone.start_of(Period::month, in_december));
  CHECK(LocalZone::find("Mars/Base").error().code == Code::invalid);
}

TEST_CASE("a KPI is read whole, by tenant and by dimension") {
  TempStore temp;
  temp.write([](Writer& writer) {
    auto red = *encode_dimensions({{"colour", "red"}, {"size", "l"}});
    auto blue = *encode_dimensions({{"colour", "blue"}});
    add_kpi(writer, {"secs", "t1", 0}, red, {10'000'000, true});
    add_kpi(writer, {"secs", "t1", kHourMs}, blue, {30'000'000, true});
    add_kpi(writer, {"secs", "t2", kHourMs}, "", {500'000, false});
    add_kpi(writer, {"secs", "t2", 24 * kHourMs}, "", {7'000'000, false});
    add_kpi(writer, {"secs2", "t1", 0}, "", {1, false});
  });
  auto reader = temp.read();
  KpiQuery query{"secs", std::nullopt, Period::day, 0, 24 * kHourMs, LocalZone::utc(), ""};
  auto whole = *kpi_series(*reader, query);
  REQUIRE(whole.size() == 1);
  CHECK(whole[0].value == 40.5);
  CHECK(whole[0].count == 3);
  CHECK(whole[0].avg == 13.5);
  CHECK(*whole[0].min == Approx(10).epsilon(0.01));
  CHECK(*whole[0].p95 == Approx(30).epsilon(0.01));
  query.by = "colour";
  auto split = *kpi_series(*reader, query);
  REQUIRE(split.size() == 3);
  CHECK(split[0].key.empty());
  CHECK_FALSE(split[0].p50);
  CHECK(split[1].key == "blue");
  CHECK(split[2].value == 10);
  query.by = "";
  query.tenant = "t2";
  query.to_ms = 25 * kHourMs;
  auto days = *kpi_series(*reader, query);
  REQUIRE(days.size() == 2);
  CHECK(days[1].start_ms == 24 * kHourMs);
  CHECK(kpi_names(*reader, 10) == std::vector<std::string>{"secs", "secs2"});
  CHECK(kpi_names(*reader, 1).size() == 1);
  CHECK(kpi_names(*reader, 10, "t2") == std::vector<std::string>{"secs"});
  CHECK(kpi_names(*reader, 10, "t").empty());
  size_t rows = 5;
  CHECK(kpi_series(*reader, query, &rows));
  CHECK(rows == 7);
  query.to_ms = query.from_ms;
  CHECK(kpi_series(*reader, query).error().code == Code::invalid);
}

TEST_CASE("a sum and an average over many rows are right beyond what one row holds") {
  TempStore temp;
  constexpr int64_t kHours = 20;
  temp.write([](Writer& writer) {
    for (int64_t hour = 0; hour < kHours; ++hour)
      add_kpi(writer, {"big", "t1", hour * kHourMs}, "", {1'000'000'000'000'000'000, true});
  });
  auto reader = temp.read();
  KpiQuery query{"big", std::nullopt, Period::day, 0, kHours * kHourMs, LocalZone::utc(), ""};
  auto days = kpi_series(*reader, query);
  REQUIRE((days && days->size() == 1));
  CHECK(days->front().value == Approx(2e13));
  CHECK(days->front().avg == Approx(1e12));
}

TEST_CASE("the least of what was observed is not above the average, and what was only counted does not lower it") {
  TempStore temp;
  temp.write([](Writer& writer) {
    for (int i = 0; i < 3; ++i) add_kpi(writer, {"secs", "t", 0}, "", {19'000'000, true});
    add_kpi(writer, {"both", "t", 0}, "", {50'000'000, true});
    for (int i = 0; i < 9; ++i) add_kpi(writer, {"both", "t", 0}, "", {1'000'000, false});
  });
  auto reader = temp.read();
  KpiQuery query{"secs", "t", Period::day, 0, 24 * kHourMs, LocalZone::utc(), ""};
  auto secs = *kpi_series(*reader, query);
  CHECK(secs[0].avg == 19);
  CHECK(*secs[0].min <= 19);
  CHECK(*secs[0].min == Approx(19).epsilon(0.01));
  query.name = "both";
  CHECK(*(*kpi_series(*reader, query))[0].min == Approx(50).epsilon(0.01));
}

TEST_CASE("a KPI query that would answer with too many buckets is refused") {
  TempStore temp;
  temp.write([](Writer& writer) {
    for (size_t i = 0; i <= limits::kKpiBuckets; ++i) {
      add_kpi(writer, {"calls", "", static_cast<int64_t>(i) * kHourMs}, "", {1, false});
    }
  });
  auto bound = static_cast<int64_t>(limits::kKpiBuckets) * kHourMs;
  KpiQuery query{"calls", "", Period::hour, 0, bound, LocalZone::utc(), ""};
  CHECK(kpi_series(*temp.read(), query)->size() == limits::kKpiBuckets);
  query.to_ms += 1;
  CHECK(kpi_series(*temp.read(), query).error().code == Code::too_large);
}

TEST_CASE("a damaged KPI row is refused, not guessed") {
  KpiRow row;
  row.dimensions = *encode_dimensions({{"a", "b"}});
  row.add({5, true}, 1);
  std::string bytes = row.encode();
  CHECK(KpiRow::decode(bytes)->encode() == bytes);
  CHECK_FALSE(KpiRow::decode(bytes.substr(0, 3)));
  CHECK_FALSE(KpiRow::decode(""));
}

}  // namespace
}  // namespace hookswitch
