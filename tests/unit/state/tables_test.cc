// The small tables: timers, seen, contacts, agents, memory, tokens, dead letters, changes.
#include <catch2/catch.hpp>
#include <map>

#include "engine/base/hash.h"
#include "engine/base/limits.h"
#include "engine/state/agents.h"
#include "engine/state/changes.h"
#include "engine/state/contacts.h"
#include "engine/state/dead.h"
#include "engine/state/memory.h"
#include "engine/state/seen.h"
#include "engine/state/timers.h"
#include "engine/state/tokens.h"
#include "tests/unit/state/random_call.h"
#include "tests/unit/state/temp_store.h"

namespace hookswitch {
namespace {

TEST_CASE("timers are due in the order of time, whatever was set, set again and cancelled before") {
  TempStore temp;
  Random random(4);
  std::map<std::string, Timer> expected;
  temp.write([&](Writer& writer) {
    for (int i = 0; i < 500; ++i) {
      std::string key = std::string(below(random, 2) == 0 ? 3 : 300, 'k') + std::to_string(below(random, 30));
      if (below(random, 4) == 0) {
        CHECK(cancel_timer(writer, key) == (expected.erase(key) == 1));
      } else {
        expected[key] = {key, static_cast<int64_t>(below(random, 50)), "name", "{}", below(random, 3)};
        set_timer(writer, expected[key]);
      }
    }
  });
  auto reader = temp.read();
  size_t due = 0;
  for (const auto& [key, timer] : expected) {
    CHECK(find_timer(*reader, key) == timer);
    due += timer.due_ms <= 25;
  }
  auto found = due_timers(*reader, 25, 1000);
  CHECK(found.size() == due);
  for (size_t i = 1; i < found.size(); ++i) CHECK(found[i - 1].due_ms <= found[i].due_ms);
  CHECK(next_due_ms(*reader) == due_timers(*reader, 1000, 1).front().due_ms);
  CHECK(count_timers(*reader) == expected.size());
  CHECK(due_timers(*reader, 1000, 3).size() == 3);
  CHECK(due_timers(*reader, -1, 3).empty());
}

TEST_CASE("a timer's row of before, which does not say who set it, is read") {
  TempStore temp;
  const Timer timer{"k", 7, "name", "{}", 12};
  temp.write([&](Writer& writer) {
    set_timer(writer, timer);
    std::string row(writer.get(Table::timers, "kk").value());
    writer.put(Table::timers, "kk", row.substr(0, row.size() - sizeof timer.set_by));
  });
  auto found = due_timers(*temp.read(), 7, 1);
  REQUIRE(found.size() == 1);
  CHECK(found[0] == Timer{"k", 7, "name", "{}"});
}

TEST_CASE("without timers nothing is due") { CHECK_FALSE(next_due_ms(*TempStore().read())); }

TEST_CASE("what was seen is known with its reply, and forgotten in bounded steps when it is old") {
  TempStore temp;
  temp.write([](Writer& writer) {
    for (uint64_t i = 0; i < 100; ++i) {
      put_seen(writer, hash128(std::to_string(i)), {i, static_cast<int64_t>(i), i == 70 ? "reply" : ""});
    }
  });
  CHECK(find_seen(*temp.read(), hash128("70"))->reply == "reply");
  CHECK(find_seen(*temp.read(), hash128("70"))->seq == 70);
  int sweeps = 0;
  std::string cursor;
  do {
    uint64_t before = temp.read()->count(Table::seen);
    temp.write([&](Writer& writer) { cursor = sweep_seen(writer, 50, cursor, 7); });
    CHECK(before - temp.read()->count(Table::seen) <= 7);
    ++sweeps;
  } while (!cursor.empty());
  CHECK(sweeps == 15);
  auto reader = temp.read();
  for (int i = 0; i < 100; ++i) CHECK(find_seen(*reader, hash128(std::to_string(i))).has_value() == (i >= 50));
}

TEST_CASE("a contact is found by id and by each of its present numbers") {
  TempStore temp;
  temp.write([](Writer& writer) {
    REQUIRE(put_contact(writer, {{"id", "c1"}, {"phones", {"+401", "+402"}}}));
    REQUIRE(put_contact(writer, {{"id", "c2"}, {"phones", {"+4011"}}}));
    REQUIRE(put_contact(writer, {{"id", "c1"}, {"name", "Ana"}, {"phones", {"+402", "+403"}}}));
  });
  auto reader = temp.read();
  CHECK((*find_contact(*reader, "c1"))["name"] == "Ana");
  CHECK((*find_contact_by_phone(*reader, "+403"))["id"] == "c1");
  CHECK_FALSE(find_contact_by_phone(*reader, "+401"));
  CHECK_FALSE(find_contact_by_phone(*reader, ""));
  auto page = *contacts_page(*reader, "", "", 1);
  CHECK(page.rows.front()["id"] == "c1");
  CHECK(contacts_page(*reader, "", page.next_cursor, 1)->rows.front()["id"] == "c2");
  reader.reset();
  temp.write([](Writer& writer) {
    CHECK(remove_contact(writer, "c1"));
    CHECK(remove_contact(writer, "c2"));
    CHECK_FALSE(remove_contact(writer, "c2"));
  });
  CHECK(temp.read()->count(Table::contacts) == 0);
}

TEST_CASE("a contact is found by the number in an address of another channel, the first by id of all") {
  TempStore temp;
  temp.write([](Writer& writer) {
    REQUIRE(put_contact(writer, {{"id", "c2"}, {"phones", {"+401"}}}));
    REQUIRE(put_contact(writer, {{"id", "c1"}, {"phones", {"whatsapp:+401"}}}));
    REQUIRE(put_contact(writer, {{"id", "c3"}, {"phones", {"rcs:+402", "sms:+403", "client:+404", "whatsapp:"}}}));
  });
  auto reader = temp.read();
  CHECK(find_contact_by_phone(*reader, "+401")->at("id") == "c1");
  for (const char* phone : {"+402", "+403"}) CHECK(find_contact_by_phone(*reader, phone)->at("id") == "c3");
  for (const char* phone : {"+404", ""}) CHECK_FALSE(find_contact_by_phone(*reader, phone));
  CHECK(has_phone(*find_contact(*reader, "c1"), "+401"));
}

TEST_CASE("a contact or agent that has no id is refused, and so are numbers that are not texts") {
  TempStore temp;
  temp.write([](Writer& writer) {
    const Json wrong[] = {Json::array(),
                          {{"name", "x"}},
                          {{"id", 5}},
                          {{"id", std::string(129, 'x')}},
                          {{"id", "a"}, {"phones", "+40"}},
                          {{"id", "a"}, {"phones", {1}}}};
    for (const Json& contact : wrong) CHECK(put_contact(writer, contact).error().code == Code::invalid);
    CHECK(put_agent(writer, {{"source", "s"}}).error().code == Code::invalid);
    CHECK(put_contact(writer, {{"id", std::string(128, 'x')}, {"phones", nullptr}}));
  });
}

TEST_CASE("an agent is looked up by its source, and else the one without a source serves") {
  TempStore temp;
  temp.write([](Writer& writer) {
    REQUIRE(put_agent(writer, {{"id", "g"}, {"source", "one"}, {"tenant", "t1"}}));
    REQUIRE(put_agent(writer, {{"id", "g"}, {"tenant", "t0"}}));
    REQUIRE(put_agent(writer, {{"id", "h"}, {"source", "one"}, {"tenant", "t2"}}));
  });
  auto reader = temp.read();
  CHECK((*find_agent(*reader, "one", "g"))["tenant"] == "t1");
  CHECK((*find_agent(*reader, "two", "g"))["tenant"] == "t0");
  CHECK_FALSE(find_agent(*reader, "two", "h"));
  CHECK(agents_of(*reader, "g").size() == 2);
  REQUIRE(agents_of(*reader, "h").size() == 1);
  CHECK(agents_of(*reader, "h")[0]["tenant"] == "t2");
  CHECK(agents_of(*reader, "i").empty());
  CHECK(agents_page(*reader, "", "", 10)->rows.size() == 3);
  reader.reset();
  temp.write([](Writer& writer) { CHECK(remove_agent(writer, "one", "g")); });
  CHECK((*find_agent(*temp.read(), "one", "g"))["tenant"] == "t0");
}

TEST_CASE("a rule's memory is its own, and bounded") {
  TempStore temp;
  temp.write([](Writer& writer) {
    REQUIRE(put_memory(writer, "a", "bc", "1"));
    REQUIRE(put_memory(writer, "ab", "c", "2"));
    CHECK(get_memory(writer, "a", "bc") == "1");
    CHECK_FALSE(get_memory(writer, "a", "c"));
    CHECK(put_memory(writer, "a", std::string(5000, 'k'), "3"));
    CHECK(put_memory(writer, "a", "", std::string(limits::kRuleStateBytes, '1')));
    CHECK(put_memory(writer, "a", "", std::string(limits::kRuleStateBytes + 1, '1')).error().code == Code::too_large);
    CHECK(remove_memory(writer, "ab", "c"));
    CHECK_FALSE(remove_memory(writer, "ab", "c"));
  });
}

TEST_CASE("a token is found by the hash of its secret, and shown without it") {
  TempStore temp;
  Token token{"tok_1", sha256_hex("secret"), "admin", "t", 1000, std::nullopt};
  Token renewed = token;
  renewed.hash = sha256_hex("other");
  renewed.revoked_ms = 5000;
  temp.write([&](Writer& writer) {
    put_token(writer, token);
    CHECK(find_token_by_hash(writer, token.hash) == token);
    put_token(writer, renewed);
  });
  auto reader = temp.read();
  CHECK_FALSE(find_token_by_hash(*reader, token.hash));
  CHECK(find_token(*reader, "tok_1") == renewed);
  CHECK(tokens_page(*reader, "", 10)->rows == std::vector{renewed});
  CHECK_FALSE(renewed.to_json().contains("hash"));
}

TEST_CASE("dead letters are listed newest first, by source and type") {
  TempStore temp;
  DeadLetter letter{300, 2, "no such plugin", "echo", 1500, "delivery", "ev", "call.ended", "twilio"};
  temp.write([&](Writer& writer) {
    for (uint64_t seq = 1; seq <= 20; ++seq) {
      put_dead(writer, {seq, 0, "r", "c", 0, "delivery", "", seq % 2 == 0 ? "call.ended" : "", "eleven"});
    }
    put_dead(writer, letter);
  });
  auto reader = temp.read();
  CHECK(find_dead(*reader, *parse_dead_id("300.2")) == letter);
  CHECK(find_dead(*reader, *parse_dead_id("7"))->seq == 7);
  for (const char* bad : {"", "x", "1.", ".1", "1.x", "1.1.1", "-1", "1.99999999999"}) CHECK_FALSE(parse_dead_id(bad));
  auto page = *dead_page(*reader, {}, "", 3);
  CHECK(page.rows[0]["id"] == "300.2");
  CHECK(page.rows[2]["seq"] == 19);
  CHECK(dead_page(*reader, {}, page.next_cursor, 3)->rows[0]["seq"] == 18);
  CHECK(dead_page(*reader, {"eleven", "call.*"}, "", 100)->rows.size() == 10);
  CHECK(dead_page(*reader, {"twilio", "call.ended"}, "", 100)->rows.size() == 1);
  CHECK(dead_page(*reader, {"twilio", "call"}, "", 100)->rows.empty());
  CHECK(dead_page(*reader, {"twilio", ""}, page.next_cursor, 1).error().code == Code::invalid);
  CHECK(count_dead(*reader) == 21);
  reader.reset();
  temp.write([](Writer& writer) {
    CHECK(remove_dead(writer, {300, 2}));
    CHECK_FALSE(remove_dead(writer, {300, 2}));
  });
}

TEST_CASE("changes are read on from any id, and trimmed from the old end without using an id again") {
  TempStore temp;
  temp.write([](Writer& writer) {
    CHECK(last_change(writer) == 0);
    CHECK_FALSE(trim_changes(writer, 10, 5));
    for (uint64_t i = 1; i <= 300; ++i) CHECK(append_change(writer, std::to_string(i)) == i);
    CHECK(trim_changes(writer, 100, 5));
    CHECK(first_change(writer) == 101);
    CHECK_FALSE(trim_changes(writer, 1000, 5));
    CHECK(first_change(writer) == 296);
    CHECK_FALSE(trim_changes(writer, 1000, 0));
    CHECK(append_change(writer, "301") == 301);
  });
  std::string seen;
  auto visit = [&](uint64_t id, std::string_view json) {
    seen += fmt::format("{}={} ", id, json);
    return true;
  };
  auto reader = temp.read();
  read_changes(*reader, 0, 10, visit);
  read_changes(*reader, 300, 10, visit);
  read_changes(*reader, 0, 1, visit);
  read_changes(*reader, UINT64_MAX, 1, visit);
  CHECK(seen == "300=300 301=301 301=301 300=300 ");
}

}  // namespace
}  // namespace hookswitch
