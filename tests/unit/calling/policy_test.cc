// Numbers that may be rung, when to try again, and what a task may say.
#include <catch2/catch.hpp>

#include <set>

#include "engine/calling/number.h"
#include "engine/calling/retry.h"
#include "engine/calling/task_wish.h"

namespace hookswitch {
namespace {

struct Case {
  const char* text;
  const char* country;
  const char* kind;
  const char* number;
};

}  // namespace

TEST_CASE("numbers are told apart before they are rung") {
  const Case cases[] = {
      {"300 123 4567", "CO", "ordinary", "+573001234567"},
      {"+40 721 234 567", "", "ordinary", "+40721234567"},
      {"+1 900 234 5678", "", "premium", "+19002345678"},
      {"+44 9012345678", "", "premium", "+449012345678"},
      {"+44 7012345678", "", "premium", "+447012345678"},
      {"+49 180 5123456", "", "shared_cost", "+491805123456"},
      {"+8816 123 45678", "", "satellite", "+881612345678"},
      {"112", "RO", "emergency", "112"},
      {"9-1-1", "US", "emergency", "911"},
      {"110", "DE", "emergency", "110"},
      {"112", "", "emergency", "112"},
      {"12", "US", "invalid", ""},
      {"+1 555 123", "", "invalid", ""},
      {"anonymous", "US", "invalid", ""},
      {"0721234567", "", "invalid", ""},
      {"", "RO", "invalid", ""},
  };
  for (const Case& one : cases) {
    INFO(one.text << " in " << one.country);
    DialNumber number = dial_number(one.text, one.country);
    CHECK(std::string(name(number.kind)) == one.kind);
    CHECK(number.number == one.number);
  }
}

TEST_CASE("a country with one clock has a zone, others have none") {
  CHECK(zone_of_country("RO") == "Europe/Bucharest");
  CHECK(zone_of_country("ZW") == "Africa/Harare");
  CHECK(zone_of_country("AD") == "Europe/Andorra");
  for (const char* several : {"US", "BR", "AU", "", "XX"}) CHECK_FALSE(zone_of_country(several));
}

TEST_CASE("retries follow their delays, the last one stays, and they end") {
  RetryPolicy policy{.attempts = 4, .delays_ms = {1'000, 5'000}, .jitter = 0};
  CHECK(next_attempt_ms(policy, "task", 1, 100'000) == 101'000);
  CHECK(next_attempt_ms(policy, "task", 2, 100'000) == 105'000);
  CHECK(next_attempt_ms(policy, "task", 3, 100'000) == 105'000);
  CHECK_FALSE(next_attempt_ms(policy, "task", 4, 100'000));
}

TEST_CASE("jitter is within its part, differs between tasks, and is the same when asked again") {
  RetryPolicy policy{.attempts = 2, .delays_ms = {100'000}, .jitter = 0.5};
  std::set<int64_t> seen;
  for (int i = 0; i < 50; ++i) {
    std::string seed = "task" + std::to_string(i);
    int64_t at_ms = *next_attempt_ms(policy, seed, 1, 0);
    REQUIRE((at_ms >= 100'000 && at_ms < 150'000));
    REQUIRE(next_attempt_ms(policy, seed, 1, 0) == at_ms);
    seen.insert(at_ms);
  }
  CHECK(seen.size() > 45);
}

TEST_CASE("a retry policy is read over another, or refused by field") {
  auto read = read_retry({{"attempts", 5}, {"delays", {"15m", 1000}}, {"on", {"busy"}}}, {});
  REQUIRE(read);
  CHECK((read->attempts == 5 && read->delays_ms == std::vector<int64_t>{900'000, 1'000} && read->jitter == 0.1));
  CHECK((read->worth("busy") && !read->worth("no_answer")));
  CHECK(read_retry(to_json(*read), {})->delays_ms == read->delays_ms);
  for (const Json& bad :
       {Json{{"attempts", 0}}, Json{{"attempts", 101}}, Json{{"delays", Json::array()}}, Json{{"delays", {"soon"}}},
        Json{{"delays", {"367d"}}}, Json{{"jitter", 2}}, Json{{"on", "busy"}}, Json{{"tries", 1}}, Json(3)}) {
    INFO(bad.dump());
    CHECK_FALSE(read_retry(bad, {}));
  }
}

TEST_CASE("a task's wish is brought into one form") {
  auto wish = read_task_wish(
      {{"to", "0721 234 567"}, {"due_at", "2026-03-27T10:00:00Z"}, {"kind", "callback"}, {"variables", Json::array()}},
      "RO");
  REQUIRE(wish);
  CHECK(
      *wish ==
      Json{{"to", "+40721234567"}, {"due_at", 1'774'605'600'000}, {"kind", "callback"}, {"variables", Json::object()}});
  CHECK(read_task_wish({{"to", "anonymous"}}, "RO")->at("to") == "anonymous");
}

TEST_CASE("a task's wish that makes no sense is refused by field") {
  const std::pair<Json, const char*> cases[] = {
      {{{"kind", "callback"}}, "to:"},
      {{{"to", "+40721234567"}, {"channel", "sms"}}, "body:"},
      {{{"to", "+40721234567"}, {"channel", "fax"}}, "channel:"},
      {{{"to", "+40721234567"}, {"due_at", "soon"}}, "due_at:"},
      {{{"to", "+40721234567"}, {"window", {{"days", "x"}}}}, "window"},
      {{{"to", "+40721234567"}, {"retry", {{"attempts", 0}}}}, "retry.attempts"},
      {{{"to", "+40721234567"}, {"when", 1}}, "when:"},
      {{{"to", 40721234567}}, "to:"},
      {{{"to", "+40721234567"}, {"priority", 101}}, "priority:"},
      {{{"to", "+40721234567"}, {"priority", UINT64_MAX}}, "priority:"},
      {{{"to", "+40721234567"}, {"metadata", {{"a", std::string(70'000, 'x')}}}}, "65536 bytes"},
      {Json(1), "named fields"},
  };
  for (const auto& [wish, expected] : cases) {
    auto read = read_task_wish(wish, "RO");
    REQUIRE_FALSE(read);
    CHECK(read.error().message.find(expected) != std::string::npos);
  }
}

}  // namespace hookswitch
