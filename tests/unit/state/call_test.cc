#include "engine/state/call.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/unit/state/random_call.h"

namespace hookswitch {
namespace {

Call told(const std::vector<Word>& words) {
  Call call;
  call.set(CallField::id, std::string("call_1"));
  for (const Word& word : words) word.apply(call);
  return call;
}

TEST_CASE("words about a call make the same call in any order and any number") {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    Random random(seed);
    std::vector<Word> words = random_words(random, 40);
    Call expected = told(words);
    std::vector<Word> mixed = words;
    for (size_t i = 0; i < 20; ++i) mixed.push_back(words[below(random, words.size())]);
    std::ranges::shuffle(mixed, random);
    INFO("seed " << seed);
    Call found = told(mixed);
    CHECK(found == expected);
    CHECK(dump(found.to_json()) == dump(expected.to_json()));
    CHECK(found.encode() == expected.encode());
  }
}

TEST_CASE("absorbing is commutative, associative and idempotent") {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    Random random(seed);
    Call a = told(random_words(random, 20));
    Call b = told(random_words(random, 20));
    Call c = told(random_words(random, 20));
    INFO("seed " << seed);
    Call ab = a, ba = b, ab_c = a, bc = b, a_bc = a, aa = a;
    ab.absorb(b);
    ba.absorb(a);
    CHECK(ab == ba);
    ab_c.absorb(b);
    ab_c.absorb(c);
    bc.absorb(c);
    a_bc.absorb(bc);
    CHECK(ab_c == a_bc);
    aa.absorb(a);
    CHECK(aa == a);
  }
}

TEST_CASE("a call's row gives the same call back, and a damaged one is refused") {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    Random random(seed);
    Call call = told(random_words(random, seed == 100 ? 2000 : 30));
    std::string row = call.encode();
    auto back = Call::decode(row);
    REQUIRE(back);
    CHECK(*back == call);
    CHECK_FALSE(Call::decode(row + "x"));
    for (size_t size = 0; size < row.size(); size += 7) CHECK_FALSE(Call::decode(row.substr(0, size)));
    row[below(random, row.size())] ^= 0x55;
    (void)Call::decode(row);  // whatever it says, it reads nothing outside the row
  }
  CHECK(Call::decode("\x02").error().code == Code::corrupt);
}

TEST_CASE("a call with more different stamps than the row's table holds keeps all of them") {
  Call call;
  for (int i = 0; i < 600; ++i) call.merge_variable(fmt::format("v{}", i), "1", {1, i, 7});
  auto back = Call::decode(call.encode());
  REQUIRE(back);
  CHECK(*back == call);
}

TEST_CASE("a late ringing never overwrites completed") {
  Call call;
  CHECK(call.merge(CallField::status, std::string("completed"), {1, 10, 0}));
  CHECK_FALSE(call.merge(CallField::status, std::string("ringing"), {1, 99, 0}));
  CHECK_FALSE(call.merge(CallField::status, std::string("nonsense"), {2, 99, 0}));
  CHECK(call.text(CallField::status) == "completed");
}

TEST_CASE("the provider's start time stands over our arrival time, and then the earlier one") {
  Call call;
  call.merge(CallField::started_at, int64_t{5}, {0, 5, 0});
  call.merge(CallField::started_at, int64_t{9}, {1, 9, 0});
  CHECK(call.integer(CallField::started_at) == 9);
  call.merge(CallField::started_at, int64_t{8}, {1, 1, 0});
  call.merge(CallField::started_at, int64_t{2}, {0, 99, 0});
  CHECK(call.integer(CallField::started_at) == 8);
}

TEST_CASE("a removed variable stays removed when an older word about it comes late") {
  Call call;
  call.merge_variable("plan", "null", {1, 10, 0});
  call.merge_variable("plan", "\"gold\"", {1, 5, 0});
  CHECK(call.to_json()["variables"] == Json::object());
  call.merge_variable("plan", "\"silver\"", {1, 11, 0});
  CHECK(call.to_json()["variables"] == Json{{"plan", "silver"}});
}

TEST_CASE("rules change fields by name, and hear what was wrong") {
  struct Case {
    const char* name;
    Json value;
    const char* error;  // "" when it is allowed
  };
  const Case cases[] = {
      {"disposition", "resolved", ""},
      {"disposition", nullptr, ""},
      {"transcript_turns", 3.0, ""},
      {"duration_secs", 42, ""},
      {"duration_secs", 0, ""},
      {"duration_secs", 366 * 86'400, ""},
      {"started_at", "2026-01-18T02:14:11Z", ""},
      {"started_at", 1768702451000, ""},
      {"variables", Json{{"a", 1}}, ""},
      {"metadata", Json::array(), ""},
      {"disposition", 3, "found number 3, expected text"},
      {"transcript_turns", 3.5, "expected a whole number"},
      {"transcript_turns", uint64_t{1} << 63, "expected a whole number"},
      {"duration_secs", "long", "expected a number"},
      {"duration_secs", -1, "found number -1, expected seconds from 0 to a year"},
      {"duration_secs", 1e300, "expected seconds from 0 to a year"},
      {"has_recording", 1, "expected true or false"},
      {"started_at", "yesterday", "expected a time"},
      {"started_at", nullptr, "cannot be cleared"},
      {"status", "done", "found string \"done\", expected initiated"},
      {"direction", "sideways", "expected inbound or outbound"},
      {"variables", "x", "expected an object"},
      {"id", "x", "set by the engine only"},
      {"colour", "red", "expected the name of a call's field"},
  };
  for (const Case& given : cases) {
    Call call;
    Status found = call.update(given.name, given.value, {2, 1, 0});
    INFO(given.name << " = " << given.value);
    if (*given.error == 0) {
      CHECK(found.has_value());
    } else {
      REQUIRE_FALSE(found);
      CHECK_THAT(found.error().message, Catch::Contains(given.error));
    }
  }
}

TEST_CASE("the API shows every field, unknown ones as null and times as RFC 3339") {
  Call call;
  call.set(CallField::id, std::string("call_1"));
  call.set(CallField::started_at, int64_t{1768702451000});
  call.set(CallField::cost, int64_t{2});
  call.add_external_id("call_sid", "CA2");
  call.add_external_id("call_sid", "CA1");
  Json shown = call.to_json();
  CHECK(shown.size() == kCallFields + 3);
  CHECK(shown["started_at"] == "2026-01-18T02:14:11Z");
  CHECK(shown["cost"] == 2.0);
  CHECK(shown["tenant"].is_null());
  CHECK(shown["external_ids"] == Json{{"call_sid", "CA1"}});
}

}  // namespace
}  // namespace hookswitch
