#include "engine/ingest/disable_guard.h"

#include <catch2/catch.hpp>

namespace hookswitch {
namespace {

constexpr int64_t kWeekMs = 7 * 86'400'000LL;

struct Guarded {
  ManualClock clock{1'766'000'000'000};
  Metrics metrics;
  DisableGuard guard{metrics, clock};

  Guarded() { guard.watch("eleven", {.failures = 10, .quiet_ms = kWeekMs}, std::nullopt); }
  void fail(int times) {
    for (int i = 0; i < times; ++i) guard.failed("eleven");
  }
  Json eleven() const { return guard.status().at("eleven"); }
  bool alarm() const {
    return metrics.text().find("hookswitch_webhook_at_risk{source=\"eleven\"} 1") != std::string::npos;
  }
};

}  // namespace

TEST_CASE("an alarm is raised when half of the failures have happened for which a provider disables a webhook") {
  Guarded on;
  on.fail(4);
  CHECK_FALSE(on.alarm());
  on.fail(1);
  CHECK(on.alarm());
  CHECK(on.eleven()["failures_in_a_row"] == 5);
  CHECK(on.eleven()["last_success"].is_null());
  CHECK(on.eleven()["disabled_after"]["failures"] == 10);
  CHECK(on.eleven()["disabled_after"]["quiet_secs"] == 7 * 86'400);
}

TEST_CASE("one delivery that is accepted ends the alarm") {
  Guarded on;
  on.fail(9);
  on.guard.succeeded("eleven");
  CHECK_FALSE(on.alarm());
  CHECK(on.eleven()["failures_in_a_row"] == 0);
  CHECK(on.eleven()["last_success"] == "2025-12-17T19:33:20Z");
}

TEST_CASE("a provider that disables nothing, and a source that nobody knows, raise no alarm") {
  Guarded on;
  on.guard.watch("twilio", {}, std::nullopt);
  for (int i = 0; i < 100; ++i) on.guard.failed("twilio");
  on.guard.failed("nobody");
  on.guard.succeeded("nobody");
  CHECK(on.guard.status().size() == 1);
}

}  // namespace hookswitch
