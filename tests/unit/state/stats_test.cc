#include "engine/state/stats.h"

#include <catch2/catch.hpp>

#include "tests/unit/state/temp_store.h"

namespace hookswitch {
namespace {

constexpr int64_t kDayMs = 86'400'000;

TEST_CASE("totals count by status, day and currency, with exact quantiles of the durations") {
  TempStore temp;
  temp.write([](Writer& writer) {
    for (int i = 1; i <= 100; ++i) {
      Call call;
      call.set(CallField::id, fmt::format("call_{}", i));
      call.set(CallField::started_at, i % 2 * kDayMs + i);
      call.set(CallField::tenant, std::string("t"));
      call.set(CallField::duration_secs, double(i));
      if (i <= 90) call.set(CallField::status, std::string("completed"));
      if (i <= 4) call.set(CallField::cost, 0.25);
      if (i <= 2) call.set(CallField::currency, std::string("USD"));
      REQUIRE(put_call(writer, call));
    }
  });
  auto reader = temp.read();
  auto stats = call_stats(*reader, {}, LocalZone::utc());
  REQUIRE(stats);
  CHECK(stats->complete);
  CHECK(stats->totals.calls == 100);
  CHECK(stats->totals.by_status == std::map<std::string, uint64_t>{{"", 10}, {"completed", 90}});
  CHECK(stats->totals.avg_secs == 50.5);
  CHECK(stats->totals.p50_secs == 50);
  CHECK(stats->totals.p95_secs == 95);
  CHECK(stats->totals.cost == std::map<std::string, double>{{"", 0.5}, {"USD", 0.5}});
  REQUIRE(stats->days.size() == 2);
  CHECK(stats->days[1].start_ms == kDayMs);
  CHECK(stats->days[1].totals.calls == 50);
  CallFilter filter;
  filter.from_ms = kDayMs;
  filter.tenant = "t";
  CHECK(call_stats(*reader, filter, LocalZone::utc())->totals.calls == 50);
  filter.tenant = "nobody";
  auto none = call_stats(*reader, filter, LocalZone::utc());
  CHECK(none->totals.calls == 0);
  CHECK_FALSE(none->totals.avg_secs);
}

TEST_CASE("a walk over calls says when it did not see all of them") {
  TempStore temp;
  temp.write([](Writer& writer) {
    for (int i = 0; i < 10; ++i) {
      Call call;
      call.set(CallField::id, std::to_string(i));
      REQUIRE(put_call(writer, call));
    }
  });
  int seen = 0;
  auto count = [&](const Call&) { return ++seen > 0; };
  CHECK(*visit_calls(*temp.read(), {}, 10, count));
  CHECK_FALSE(*visit_calls(*temp.read(), {}, 9, count));
  CHECK(seen == 19);
}

}  // namespace
}  // namespace hookswitch
