// Who picked up, as detection tells it beside the steps of a call: any order of them gives the same call.
#include <catch2/catch.hpp>

#include <algorithm>
#include <random>

#include "tests/support/in_process.h"

namespace hookswitch::test {
namespace {

struct Told {
  std::string kind, params;
};

const std::string kCall = "CallSid=CA1&From=%2B15551230000&To=%2B14155550100&Direction=outbound-api&CallStatus=";

std::string step(const std::string& status, int n, int second, const std::string& more = "") {
  std::string time = "&Timestamp=Wed%2C+17+Dec+2025+19%3A33%3A" + std::to_string(second) + "+%2B0000";
  return status + "&SequenceNumber=" + std::to_string(n) + time + more;
}

// A call that we placed, with synchronous detection: everything since it was answered says by whom.
std::vector<Told> told_with(const std::string& answered_by) {
  const std::string who = "&AnsweredBy=" + answered_by;
  return {{"status", step("initiated", 0, 20)},
          {"voice", "in-progress" + who},
          {"status", step("in-progress", 1, 30, who)},
          {"status", step("completed", 2, 50, "&CallDuration=20" + who)}};
}

Json outcome_of(const std::vector<Told>& all) {
  InProcess engine;
  for (const auto& [kind, params] : all) {
    engine.deliver("twilio", kind, kCall + params);
  }
  return engine.state();
}

}  // namespace

TEST_CASE("a machine that detection heard before the call's first request makes it voicemail, in any order") {
  auto all = told_with("machine_start");
  const Json expected = outcome_of(all);
  REQUIRE(expected["dead"] == 0);
  REQUIRE(expected["calls"].size() == 1);
  CHECK(expected["calls"][0]["disposition"] == "voicemail");
  CHECK(expected["calls"][0]["metadata"]["answered_by"] == "machine_start");
  std::mt19937 random(5);
  for (int round = 0; round < 12; ++round) {
    std::ranges::shuffle(all, random);
    INFO("round " << round);
    REQUIRE(outcome_of(all) == expected);
  }
}

TEST_CASE("a person, or nobody knows who, is no voicemail") {
  for (const char* who : {"human", "unknown"}) {
    INFO(who);
    CHECK(outcome_of(told_with(who))["calls"][0]["disposition"].is_null());
  }
}

}  // namespace hookswitch::test
