// A call that callbacks tell and a list shows is one call, whichever of them comes first.
#include <catch2/catch.hpp>

#include <algorithm>
#include <vector>

#include "tests/support/in_process.h"

namespace hookswitch::test {
namespace {

// Of a call that only its first request and its end are told of, and the list's row.
enum class Told { voice, ended, listed };

const std::string kCall = "CallSid=CA1&From=%2B14155550100&To=%2B14155550199&Direction=inbound&CallStatus=";

void tell(InProcess& engine, Told what) {
  if (what == Told::voice) {
    engine.deliver("twilio", "voice", kCall + "ringing");
    return;
  }
  if (what == Told::ended) {
    engine.deliver("twilio", "status",
                   kCall + "completed&CallDuration=30&Timestamp=Wed%2C+17+Dec+2025+19%3A33%3A52+%2B0000");
    return;
  }
  NewRecord record;
  record.kind = RecordKind::import;
  record.source = "twilio";
  record.time_ms = engine.clock().now_ms();
  record.headers = {{":kind", "calls"}, {":sync", "sync_1"}};
  record.body = dump(Json{{"sid", "CA1"},
                          {"status", "completed"},
                          {"direction", "inbound"},
                          {"from", "+14155550100"},
                          {"to", "+14155550199"},
                          {"duration", "30"},
                          {"date_created", "Wed, 17 Dec 2025 19:33:20 +0000"},
                          {"start_time", "Wed, 17 Dec 2025 19:33:22 +0000"},
                          {"end_time", "Wed, 17 Dec 2025 19:33:52 +0000"}});
  REQUIRE(engine.log().append_and_wait(std::move(record)));
}

// But for who told.
Json outcome_of(const std::vector<Told>& all) {
  InProcess engine;
  for (Told what : all) tell(engine, what);
  Json state = engine.state();
  for (Json& call : state["calls"]) call.erase("reported_by");
  return state;
}

}  // namespace

TEST_CASE("when a listed call began and was answered is known, whether a callback or the list told of its end first") {
  std::vector<Told> all{Told::voice, Told::ended, Told::listed};
  const Json expected = outcome_of(all);
  REQUIRE(expected["dead"] == 0);
  REQUIRE(expected["calls"].size() == 1);
  CHECK(expected["calls"][0]["started_at"] == "2025-12-17T19:33:20Z");
  CHECK(expected["calls"][0]["answered_at"] == "2025-12-17T19:33:22Z");
  CHECK(expected["calls"][0]["ended_at"] == "2025-12-17T19:33:52Z");
  while (std::ranges::next_permutation(all).found) CHECK(outcome_of(all) == expected);
}

}  // namespace hookswitch::test
