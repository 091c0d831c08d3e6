// How many calls may be under way: one counts from its claim until its end is heard, or nobody would hear of it any
// more.
#include <catch2/catch.hpp>

#include "tests/unit/outbox/rig.h"

namespace hookswitch::test {
namespace {

// What the provider has to say about calls it placed so far.
void hand_on(Rig& rig) {
  for (const FakeReport& report : rig.provider.take_reports())
    rig.engine.deliver(report.source, report.source == "twilio" ? "status" : "", report.body);
  rig.engine.settle();
}

size_t done(Rig& rig, const std::vector<std::string>& ids) {
  return static_cast<size_t>(
      std::ranges::count_if(ids, [&](const std::string& id) { return rig.status(id) == "done"; }));
}

std::vector<std::string> calls(Rig& rig, const std::string& source, int count) {
  std::vector<std::string> ids;
  for (int n = 0; n < count; ++n) ids.push_back(rig.call(source, n));
  return ids;
}

}  // namespace

TEST_CASE("no more calls are under way than may be, and one that ends makes room for the next") {
  for (const std::string& source : {std::string("elevenlabs"), std::string("twilio")}) {
    INFO(source);
    Rig rig({}, {.concurrency = 10, .calls = 2});
    rig.start();
    auto ids = calls(rig, source, 5);
    for (size_t placed : std::initializer_list<size_t>{2, 4, 5}) {
      REQUIRE(rig.until([&] { return done(rig, ids) == placed; }));
      rig.settle();
      CHECK(rig.provider.placed().size() == placed);
      CHECK(rig.outbox().status()["sources"][source]["calls"] == std::min<size_t>(2, placed == 5 ? 1 : 2));
      hand_on(rig);
    }
    REQUIRE(rig.until([&] { return rig.outbox().status()["sources"][source]["calls"] == 0; }));
  }
}

TEST_CASE("a call that was not placed makes room at once") {
  Rig rig({.refused = 100}, {.concurrency = 10, .calls = 1});
  rig.start();
  auto ids = calls(rig, "elevenlabs", 4);
  for (const std::string& id : ids) CHECK(rig.becomes(id, "failed"));
}

TEST_CASE("a call of which nobody knows whether it was placed takes room until it is known") {
  Rig rig({.drop_after = 100}, {.concurrency = 10, .calls = 1});
  rig.start();
  std::string first = rig.call("elevenlabs", 1);
  REQUIRE(rig.becomes(first, "unknown"));
  rig.provider.set_faults({});
  std::string second = rig.call("elevenlabs", 2);
  rig.settle();
  CHECK(rig.status(second) == "waiting");
  hand_on(rig);  // the webhook of the first: it was placed, and is over
  CHECK(rig.becomes(second, "done"));
  CHECK(rig.status(first) == "done");
}

TEST_CASE("a call whose end is never heard takes room until its deadline, also over a restart") {
  Rig rig({}, {.concurrency = 10, .calls = 1});
  rig.start();
  std::string first = rig.call("elevenlabs", 1), second = rig.call("elevenlabs", 2);
  REQUIRE(rig.until([&] { return done(rig, {first, second}) == 1; }));
  rig.replace();
  rig.start();
  rig.advance_ms(limits::kTaskDeadlineMs - 1'000);
  rig.settle();
  CHECK(done(rig, {first, second}) == 1);
  rig.advance_ms(1'001);
  CHECK(rig.until([&] { return done(rig, {first, second}) == 2; }));
}

TEST_CASE("messages and hanging up wait for no call") {
  Rig rig({}, {.concurrency = 10, .calls = 1});
  rig.provider.set_lasting(true);
  rig.start();
  auto ids = calls(rig, "twilio", 40);
  REQUIRE(rig.until([&] { return done(rig, ids) == 1; }));
  std::string message = rig.sms(1, "We will ring you.");
  CHECK(rig.becomes(message, "done"));
  auto first = std::ranges::find_if(ids, [&](const std::string& id) { return rig.status(id) == "done"; });
  std::string end = rig.end_call("twilio", rig.action(*first).result["external_ids"]["call_sid"]);
  CHECK(rig.becomes(end, "done"));
  hand_on(rig);
  CHECK(rig.until([&] { return done(rig, ids) == 2; }));
}

}  // namespace hookswitch::test
