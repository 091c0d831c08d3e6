// What rules for whole calls say of a call: above what was told, for as long as it is said.
#include <algorithm>
#include <catch2/catch.hpp>

#include "engine/state/call.h"
#include "engine/state/calls_page.h"
#include "tests/unit/state/random_call.h"
#include "tests/unit/state/temp_store.h"

namespace hookswitch {
namespace {

Call told(const std::vector<Word>& words) {
  Call call;
  call.set(CallField::id, std::string("call_1"));
  for (const Word& word : words) word.apply(call);
  return call;
}

std::vector<std::string> rules_of(const std::vector<Said>& words) {
  std::vector<std::string> out;
  for (const Said& said : words) out.push_back(said.rule);
  return out;
}

bool holds(const std::vector<Said>& words, const Said& said) {
  return std::ranges::find(words, said) != words.end();
}

void say_something(Random& random, Call& call, const std::string& rule) {
  constexpr std::array kStatuses{"ringing", "completed", "busy"};
  constexpr std::array kNames{"disposition", "caller_name", "tenant", "from"};
  REQUIRE(call.say(rule, "status", kStatuses[below(random, kStatuses.size())]));
  for (const char* name : kNames) {
    if (below(random, 2) == 0) REQUIRE(call.say(rule, name, below(random, 3) == 0 ? Json() : Json(rule)));
  }
  REQUIRE(call.say(rule, "cost", 1.5));
  REQUIRE(call.say(rule, "started_at", 5));
  REQUIRE(call.say(rule, "has_recording", true));
  REQUIRE(call.say(rule, "variables", {{"p", below(random, 2) == 0 ? Json() : Json(rule)}}));
  REQUIRE(call.say(rule, "metadata", {{rule, {1, nullptr}}}));
}

TEST_CASE("words of rules for whole calls stand above what was told before and after, and leave it untouched") {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    Random random(seed);
    INFO("seed " << seed);
    const auto words = random_words(random, 20);
    Call call = told({words.begin(), words.begin() + 10});
    REQUIRE(call.say("r", "disposition", "said"));
    REQUIRE(call.say("r", "intent", nullptr));
    REQUIRE(call.say("r", "metadata", {{"p", "said"}, {"q", nullptr}}));
    for (size_t i = 10; i < words.size(); ++i) words[i].apply(call);
    CHECK(call.text(CallField::disposition) == "said");
    CHECK(call.get(CallField::intent) == FieldValue());
    CHECK(call.to_json()["metadata"] == Json{{"p", "said"}});
    CHECK(call.take_said().size() == 1);
    CHECK(call == told(words));
  }
}

TEST_CASE("of two rules for whole calls the later one's word stands, and the status of a call that is over stays") {
  Call call;
  REQUIRE(call.say("first", "disposition", "resolved"));
  REQUIRE(call.say("first", "status", "busy"));
  REQUIRE(call.say("first", "variables", {{"who", "first"}, {"only", "first"}}));
  REQUIRE(call.say("second", "disposition", "missed"));
  REQUIRE(call.say("second", "status", "in_progress"));
  REQUIRE(call.say("second", "variables", {{"who", "second"}}));
  CHECK(call.text(CallField::disposition) == "missed");
  CHECK(call.text(CallField::status) == "busy");
  CHECK(call.to_json()["variables"] == Json{{"who", "second"}, {"only", "first"}});
  call.merge(CallField::status, std::string("completed"), {1, 1, 1});
  CHECK(call.text(CallField::status) == "completed");
  CHECK(call.say("second", "id", "x").error().code == Code::denied);
  CHECK_FALSE(call.say("second", "started_at", nullptr));
}

TEST_CASE("a call's row keeps the words of rules for whole calls, and a damaged one is refused") {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    Random random(seed);
    INFO("seed " << seed);
    Call call = told(random_words(random, 30));
    say_something(random, call, "one");
    if (seed % 2 == 0) say_something(random, call, "other");
    std::string row = call.encode();
    auto back = Call::decode(row);
    REQUIRE(back);
    CHECK(*back == call);
    CHECK(back->to_json() == call.to_json());
    CHECK_FALSE(Call::decode(row + "x"));
    for (size_t size = 0; size < row.size(); ++size) CHECK_FALSE(Call::decode(row.substr(0, size)));
    row[below(random, row.size())] ^= 0x55;
    (void)Call::decode(row);  // whatever it says, it reads nothing outside the row
  }
}

TEST_CASE("two rows that are one call unite what they were told and the words of each rule, whichever absorbs which") {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    Random random(seed);
    INFO("seed " << seed);
    Call a = told(random_words(random, 20)), b = told(random_words(random, 20));
    Call both = a;
    both.absorb(b);
    std::vector<std::string> expected;
    for (const char* rule : {"1", "2", "3", "4", "5"}) {
      const uint64_t by = below(random, 4);
      if (by & 1) say_something(random, a, rule);
      if (by & 2) say_something(random, b, rule);
      if (by != 0) expected.emplace_back(rule);
    }
    Call ab = a, ba = b, aa = a;
    ab.absorb(b);
    ba.absorb(a);
    aa.absorb(a);
    CHECK(aa == a);
    CHECK(ab == ba);
    const auto words = ab.take_said(), of_a = a.take_said(), of_b = b.take_said();
    CHECK(ab == both);
    CHECK(rules_of(words) == expected);
    for (const Said& said : words) CHECK((holds(of_a, said) || holds(of_b, said)));
  }
}

TEST_CASE("rows that are united keep the order in which the rules of either run, whatever they are called") {
  Call a, b;
  for (const char* rule : {"z", "m", "c"}) REQUIRE(a.say(rule, "disposition", rule));
  for (const char* rule : {"b", "m", "a"}) REQUIRE(b.say(rule, "disposition", rule));
  Call ab = a, ba = b;
  ab.absorb(b);
  ba.absorb(a);
  CHECK(ab == ba);
  CHECK(rules_of(ab.take_said()) == std::vector<std::string>{"b", "z", "m", "a", "c"});
}

TEST_CASE("a call is found by what rules for whole calls say, and by the number it was told as well") {
  TempStore temp;
  auto found = [&](CallFilter filter) { return calls_page(*temp.read(), filter, "", 9)->rows.size(); };
  auto by_phone = [&](std::string phone) { return found({.phone = std::move(phone)}); };
  Call call;
  call.set(CallField::id, std::string("call_1"));
  call.merge(CallField::from, std::string("+13105551234"), {1, 1, 1});
  call.merge(CallField::disposition, std::string("resolved"), {1, 1, 1});
  temp.write([&](Writer& writer) { REQUIRE(put_call(writer, call)); });
  const uint64_t mark = index_mark(call);
  REQUIRE(call.say("r", "from", "+40712345678"));
  REQUIRE(call.say("r", "disposition", "missed"));
  temp.write([&](Writer& writer) { REQUIRE(put_call(writer, call, mark)); });
  CHECK(found({.disposition = "missed"}) == 1);
  CHECK(found({.disposition = "resolved"}) == 0);
  CHECK(by_phone("+40712345678") == 1);
  CHECK(by_phone("+13105551234") == 1);
  call.take_said();
  temp.write([&](Writer& writer) { REQUIRE(put_call(writer, call)); });
  CHECK(found({.disposition = "missed"}) == 0);
  CHECK(found({.disposition = "resolved"}) == 1);
  CHECK(by_phone("+40712345678") == 0);
  CHECK(by_phone("+13105551234") == 1);
}

}  // namespace
}  // namespace hookswitch
