// What one state read and wrote, done again on another where it reads the same.
#include <catch2/catch.hpp>
#include <tuple>

#include "engine/state/notes.h"
#include "tests/unit/state/temp_store.h"

namespace hookswitch {
namespace {

constexpr Table kTable = Table::memory;

/// Runs `work` on `from` and, if it may, again on `to` by what was noted. Whether it might.
bool repeat(TempStore& from, TempStore& to, const std::function<void(Writer&)>& work) {
  Notes notes;
  from.write([&](Writer& writer) {
    NotedWriter noted(writer, notes);
    work(noted);
  });
  bool same = false;
  to.write([&](Writer& writer) {
    same = notes.same_in(writer);
    if (same) notes.write_to(writer);
  });
  return same;
}

struct Two {
  Two() {
    for (TempStore* store : {&one, &other}) {
      store->write([](Writer& writer) {
        writer.put(kTable, "a", "1");
        writer.put(kTable, "b", "2");
        writer.put(kTable, "c", "3");
      });
    }
  }
  void change(const std::string& key, const std::string& value) {
    other.write([&](Writer& writer) { writer.put(kTable, key, value); });
  }
  bool repeat(const std::function<void(Writer&)>& work) { return hookswitch::repeat(one, other, work); }
  bool equal() { return dump_table(*one.read(), kTable) == dump_table(*other.read(), kTable); }

  TempStore one, other;
};

}  // namespace

TEST_CASE("puts, appends and removals are repeated where every row read is equal") {
  Two two;
  CHECK(two.repeat([](Writer& writer) {
    CHECK(writer.get(kTable, "a") == "1");
    CHECK_FALSE(writer.get(kTable, "x"));
    writer.put(kTable, "a", "10");
    CHECK(writer.del(kTable, "b"));
    CHECK_FALSE(writer.del(kTable, "y"));
    writer.append(kTable, "z", "");
  }));
  CHECK(two.equal());
  CHECK(two.other.read()->get(kTable, "a") == "10");
}

TEST_CASE("a row that reads otherwise is seen, and nothing is written") {
  auto reads_a_and_x = [](Writer& writer) {
    std::ignore = writer.get(kTable, "a");
    std::ignore = writer.get(kTable, "x");
    writer.put(kTable, "new", "1");
  };
  Two two;
  SECTION("another value") { two.change("a", "2"); }
  SECTION("a row where there was none") { two.change("x", ""); }
  CHECK_FALSE(two.repeat(reads_a_and_x));
  CHECK_FALSE(two.other.read()->get(kTable, "new"));
}

TEST_CASE("a row that was not read may differ") {
  Two two;
  two.change("c", "4");
  CHECK(two.repeat([](Writer& writer) { std::ignore = writer.get(kTable, "a"); }));
}

TEST_CASE("whether a row was there to remove is a read") {
  Two two;
  two.change("x", "1");
  CHECK_FALSE(two.repeat([](Writer& writer) { writer.del(kTable, "x"); }));
}

TEST_CASE("what the work wrote itself is no read") {
  Two two;
  two.change("a", "other");
  CHECK(two.repeat([](Writer& writer) {
    writer.put(kTable, "a", "10");
    CHECK(writer.get(kTable, "a") == "10");
    CHECK(writer.del(kTable, "a"));
  }));
  CHECK(two.equal());
}

TEST_CASE("a scan reads the rows it saw, and that there were no more") {
  const std::string last = GENERATE("b", "c", "");
  const auto direction = GENERATE(Direction::forward, Direction::backward);
  auto scans = [&](Writer& writer) {
    writer.scan(kTable, direction == Direction::forward ? "a" : "", direction,
                [&](std::string_view key, std::string_view) { return key != last; });
  };
  SECTION("equal rows") {
    Two two;
    CHECK(two.repeat(scans));
  }
  SECTION("another value in its way") {
    Two two;
    two.change("b", "20");
    const bool ended_before = direction == Direction::backward && last == "c";
    CHECK(two.repeat(scans) == ended_before);
  }
  SECTION("a row more, in its way or behind its end") {
    Two two;
    two.change("bb", "");
    const bool ended_before = last == (direction == Direction::forward ? "b" : "c");
    CHECK(two.repeat(scans) == ended_before);
  }
}

TEST_CASE("after a scan of a table that the work wrote to nothing is repeated") {
  Two two;
  CHECK_FALSE(two.repeat([](Writer& writer) {
    writer.put(kTable, "d", "4");
    writer.scan(kTable, "", Direction::forward, [](std::string_view, std::string_view) { return true; });
  }));
}

TEST_CASE("notes are good for another record once they are cleared") {
  Notes notes;
  notes.spoil();
  CHECK(notes.spoiled());
  notes.clear();
  CHECK_FALSE(notes.spoiled());
}

}  // namespace hookswitch
