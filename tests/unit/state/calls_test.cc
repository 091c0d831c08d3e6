#include "engine/state/calls.h"

#include <catch2/catch.hpp>
#include <set>

#include "engine/state/transcripts.h"
#include "tests/unit/state/random_call.h"
#include "tests/unit/state/temp_store.h"

namespace hookswitch {
namespace {

Call made(const std::string& id, int64_t started_at = 1000) {
  Call call;
  call.set(CallField::id, id);
  call.set(CallField::started_at, started_at);
  return call;
}

// Every key of call_index as it is, and as it would be if it were made anew from the calls.
std::set<std::string> index_as_stored(const Reader& reader) {
  std::set<std::string> keys;
  reader.scan(Table::call_index, {}, Direction::forward, [&](std::string_view key, std::string_view) {
    keys.emplace(key);
    return true;
  });
  return keys;
}

std::set<std::string> index_made_anew(const Reader& reader) {
  std::set<std::string> keys;
  reader.scan(Table::calls, {}, Direction::forward, [&](std::string_view, std::string_view row) {
    auto call = Call::decode(row);
    REQUIRE(call);
    for (std::string& key : call_index_keys(reader, *call)) keys.insert(std::move(key));
    return true;
  });
  return keys;
}

void change_something(Writer& writer, Random& random) {
  std::string id = fmt::format("call_{}", below(random, 12));
  std::string other = fmt::format("call_{}", below(random, 12));
  switch (below(random, 8)) {
    case 0:
      REQUIRE(remove_call(writer, id));
      return;
    case 1:
      REQUIRE(rename_call(writer, id, other));
      return;
    case 2:
      link_call(writer, "sid", fmt::format("CA{}", below(random, 9)), id);
      return;
  }
  auto stored = get_call(writer, id);
  REQUIRE(stored);
  Call call = stored->value_or(made(id, static_cast<int64_t>(below(random, 5))));
  std::optional<uint64_t> mark;
  if (*stored && below(random, 2) == 0) mark = index_mark(call);
  for (const Word& word : random_words(random, 3)) word.apply(call);
  if (below(random, 3) == 0) call.take_said();
  if (below(random, 3) == 0) REQUIRE(call.say("rule", "from", fmt::format("+4072{}", below(random, 3))));
  if (below(random, 3) == 0) REQUIRE(call.say("rule", "disposition", fmt::format("d{}", below(random, 3))));
  REQUIRE(put_call(writer, call, mark));
}

TEST_CASE("after any updates, renames and removals the index equals one made anew") {
  TempStore temp;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    INFO("seed " << seed);
    temp.write([&](Writer& writer) {
      for (int i = 0; i < 100; ++i) change_something(writer, random);
    });
    auto reader = temp.read();
    CHECK(index_as_stored(*reader) == index_made_anew(*reader));
  }
}

TEST_CASE("every provider's id and every id a call once had has one link and one way back") {
  TempStore temp;
  Random random(7);
  temp.write([&](Writer& writer) {
    for (int i = 0; i < 2000; ++i) change_something(writer, random);
  });
  size_t there = 0, back = 0, aliases = 0, former = 0;
  temp.read()->scan(Table::call_ids, {}, Direction::forward, [&](std::string_view key, std::string_view) {
    there += key.front() == 'x';
    back += key.front() == 'r';
    aliases += key.front() == 'm';
    former += key.front() == 'f';
    return true;
  });
  CHECK(there == back);
  CHECK(aliases == former);
}

TEST_CASE("a call is found by our id, any provider's id of it, and the ids it once had") {
  TempStore temp;
  temp.write([](Writer& writer) {
    REQUIRE(put_call(writer, made("call_1")));
    REQUIRE(put_call(writer, made("call_2")));
    REQUIRE(put_call(writer, made("call_3")));
    link_call(writer, "call_sid", "CA1", "call_1");
    link_call(writer, "conversation_id", "conv_2", "call_2");
    CHECK(resolve_call_id(writer, "CA1") == "call_1");
    REQUIRE(rename_call(writer, "call_1", "call_2"));
    REQUIRE(rename_call(writer, "call_2", "call_3"));
  });
  auto reader = temp.read();
  for (const char* id : {"call_1", "call_2", "call_3", "CA1", "conv_2"})
    CHECK(resolve_call_id(*reader, id) == "call_3");
  CHECK(find_call_id(*reader, "call_sid", "CA1") == "call_3");
  CHECK_FALSE(find_call_id(*reader, "other_kind", "CA1"));
  CHECK_FALSE(resolve_call_id(*reader, "CA"));
  CHECK_FALSE(resolve_call_id(*reader, ""));
  CHECK_FALSE(resolve_call_id(*reader, std::string(5000, 'x')));
  CHECK(*get_call(*reader, "call_1") == std::nullopt);
}

TEST_CASE("two calls that absorb one another in turn end in no circle") {
  TempStore temp;
  temp.write([](Writer& writer) {
    REQUIRE(put_call(writer, made("a")));
    REQUIRE(rename_call(writer, "a", "b"));
    REQUIRE(rename_call(writer, "b", "a"));
    REQUIRE(rename_call(writer, "a", "a"));
  });
  CHECK(resolve_call_id(*temp.read(), "a") == "a");
  CHECK(resolve_call_id(*temp.read(), "b") == "a");
}

TEST_CASE("providers' ids of any length and content lead to their call") {
  TempStore temp;
  std::string zeros("a\0b", 3), longer(512, 'x');
  temp.write([&](Writer& writer) {
    REQUIRE(put_call(writer, made("call_1")));
    REQUIRE(put_call(writer, made("call_2")));
    link_call(writer, "k", longer + "1", "call_1");
    link_call(writer, "k", longer + "2", "call_2");
    link_call(writer, "k", zeros, "call_2");
  });
  auto reader = temp.read();
  CHECK(resolve_call_id(*reader, longer + "1") == "call_1");
  CHECK(resolve_call_id(*reader, longer + "2") == "call_2");
  CHECK(resolve_call_id(*reader, zeros) == "call_2");
  CHECK_FALSE(resolve_call_id(*reader, longer));
}

TEST_CASE("a call knows all ids it once had, and another that is one of them again does not lose them") {
  TempStore temp;
  using Ids = std::vector<std::string>;
  temp.write([](Writer& writer) {
    for (const char* id : {"call_1", "call_2", "call_3"}) REQUIRE(put_call(writer, made(id)));
    REQUIRE(rename_call(writer, "call_1", "call_2"));
    REQUIRE(rename_call(writer, "call_2", "call_3"));
    CHECK(former_ids_of(writer, "call_3") == Ids{"call_1", "call_2"});
    REQUIRE(put_call(writer, made("call_4")));
    REQUIRE(rename_call(writer, "call_4", "call_2"));
  });
  auto reader = temp.read();
  CHECK(former_ids_of(*reader, "call_3") == Ids{"call_1"});
  CHECK(former_ids_of(*reader, "call_2") == Ids{"call_4"});
  CHECK(resolve_call_id(*reader, "call_1") == "call_3");
}

TEST_CASE("a removed call takes its ids along, those it once had too") {
  TempStore temp;
  temp.write([](Writer& writer) {
    REQUIRE(put_call(writer, made("call_0")));
    REQUIRE(rename_call(writer, "call_0", "call_9"));
    REQUIRE(rename_call(writer, "call_9", "call_1"));
    link_call(writer, "k", "v", "call_1");
    CHECK(*remove_call(writer, "call_1"));
    CHECK_FALSE(*remove_call(writer, "call_1"));
  });
  for (Table table : {Table::calls, Table::call_ids, Table::call_index}) CHECK(temp.read()->count(table) == 0);
}

TEST_CASE("a row that cannot be read is said to be corrupt") {
  TempStore temp;
  temp.write([](Writer& writer) { writer.put(Table::calls, "call_1", "?"); });
  auto found = get_call(*temp.read(), "call_1");
  REQUIRE_FALSE(found);
  CHECK(found.error().code == Code::corrupt);
  CHECK_THAT(found.error().message, Catch::Contains("call_1"));
}

TEST_CASE("the newest transcript is kept in whatever order they come, and moves with its call") {
  TempStore temp;
  temp.write([](Writer& writer) {
    CHECK(merge_transcript(writer, "b", {{1, 20, 0}, "[2]"}));
    CHECK_FALSE(merge_transcript(writer, "b", {{1, 10, 0}, "[1]"}));
    CHECK_FALSE(merge_transcript(writer, "b", {{1, 20, 0}, "[2]"}));
    CHECK(merge_transcript(writer, "a", {{1, 30, 0}, "[3]"}));
    move_transcript(writer, "a", "b");
    move_transcript(writer, "nobody", "b");
  });
  auto reader = temp.read();
  CHECK(find_transcript(*reader, "b")->json == "[3]");
  CHECK(find_transcript(*reader, "b")->stamp == Stamp{1, 30, 0});
  CHECK_FALSE(find_transcript(*reader, "a"));
}

}  // namespace
}  // namespace hookswitch
