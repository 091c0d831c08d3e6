#include "engine/state/store.h"

#include <catch2/catch.hpp>
#include <thread>

#include "engine/base/bytes.h"
#include "engine/state/position.h"
#include "tests/unit/state/temp_store.h"

namespace hookswitch {
namespace {

TEST_CASE("rows are there after a commit, and after the store is opened again") {
  TempStore temp;
  temp.write([](Writer& writer) {
    writer.put(Table::memory, "a", "1");
    writer.put(Table::memory, "b", "2");
    put_position(writer, 77);
    CHECK(writer.get(Table::memory, "a") == "1");
  });
  CHECK(temp->durable_sync());
  temp.close();
  ManualClock later(1'800'000'000'000);
  auto again = Store::open({.dir = temp.dir()}, later);
  REQUIRE(again);
  auto reader = (*again)->read();
  REQUIRE(reader);
  CHECK((*reader)->get(Table::memory, "b") == "2");
  CHECK((*reader)->count(Table::memory) == 2);
  CHECK(read_position(**reader) == 77);
  CHECK((*again)->stats().made_at_ms == 1'700'000'000'000);
}

TEST_CASE("every restore is remembered in its order, once, and so is the one of a row that knew only the last") {
  TempStore temp;
  temp.write([](Writer& writer) {
    CHECK_FALSE(read_restored(writer));
    std::string row;
    put_le<int64_t>(row, 1'000);
    put_le<uint64_t>(row, 7);
    writer.put(Table::meta, "restored", row);
    for (int i = 0; i < 2; ++i) put_restored(writer, {2'000, 9});
    put_restored(writer, {3'000, 9});
  });
  auto reader = temp.read();
  CHECK(read_restores(*reader) == std::vector<RestoredAt>{{1'000, 7}, {2'000, 9}, {3'000, 9}});
  CHECK(read_restored(*reader) == RestoredAt{3'000, 9});
}

TEST_CASE("a batch that fails leaves nothing behind") {
  TempStore temp;
  Status done = temp->write([](Writer& writer) -> Status {
    writer.put(Table::memory, "a", "1");
    return fail(Code::invalid, "no");
  });
  CHECK(done.error().message == "no");
  {
    auto abandoned = temp->begin_write();
    (*abandoned)->put(Table::memory, "b", "1");
  }
  CHECK(temp.read()->count(Table::memory) == 0);
}

TEST_CASE("a reader sees the state as it was when it began") {
  TempStore temp;
  auto before = temp.read();
  std::thread([&] { temp.write([](Writer& writer) { writer.put(Table::memory, "a", "1"); }); }).join();
  CHECK_FALSE(before->get(Table::memory, "a"));
  before.reset();
  CHECK(temp.read()->get(Table::memory, "a") == "1");
}

TEST_CASE("rows are visited in key order from either side, until the visitor has enough") {
  TempStore temp;
  temp.write([](Writer& writer) {
    for (const char* key : {"b", "a", "c", "ca"}) writer.put(Table::memory, key, {});
  });
  auto reader = temp.read();
  auto keys = [&](std::string_view from, Direction direction, size_t count) {
    std::string out;
    reader->scan(Table::memory, from, direction, [&](std::string_view key, std::string_view) {
      out += std::string(key) + " ";
      return --count > 0;
    });
    return out;
  };
  CHECK(keys("", Direction::forward, 9) == "a b c ca ");
  CHECK(keys("", Direction::backward, 9) == "ca c b a ");
  CHECK(keys("aa", Direction::forward, 2) == "b c ");
  CHECK(keys("bz", Direction::backward, 9) == "b a ");
  std::string found;
  reader->scan_prefix(Table::memory, "c", [&](std::string_view key, std::string_view) {
    found += std::string(key) + " ";
    return true;
  });
  CHECK(found == "c ca ");
}

TEST_CASE("keys that cannot be are not found, and putting one fails the whole batch") {
  TempStore temp;
  std::string long_key(600, 'x');
  CHECK_FALSE(temp.read()->get(Table::calls, ""));
  CHECK_FALSE(temp.read()->get(Table::calls, long_key));
  auto done = temp->write([&](Writer& writer) {
    writer.put(Table::memory, "fine", "1");
    writer.put(Table::memory, long_key, "1");
    writer.put(Table::memory, "fine too", "1");
    return Status{};
  });
  REQUIRE_FALSE(done);
  CHECK(done.error().code == Code::too_large);
  CHECK(temp.read()->count(Table::memory) == 0);
}

TEST_CASE("appending out of order fails the batch") {
  TempStore temp;
  auto done = temp->write([](Writer& writer) {
    writer.append(Table::changes, "b", "1");
    writer.append(Table::changes, "a", "1");
    return Status{};
  });
  REQUIRE_FALSE(done);
  CHECK(done.error().code == Code::conflict);
}

TEST_CASE("when the room does not suffice the store grows and the batch runs again from its start") {
  TempStore temp(1ULL << 20);
  int runs = 0;
  std::string value(64 << 10, 'v');
  temp.write([&](Writer& writer) {
    ++runs;
    for (uint64_t i = 0; i < 100; ++i) writer.put(Table::memory, std::to_string(i), value);
  });
  CHECK(runs > 1);
  CHECK(temp->stats().grown > 0);
  CHECK(temp.read()->count(Table::memory) == 100);
  CHECK(temp.read()->get(Table::memory, "99") == value);
}

TEST_CASE("a batch larger than the store may grow is refused, and the store goes on") {
  ManualClock clock(0);
  TempStore temp;
  auto small =
      Store::open({.dir = temp.dir() + "/small", .map_bytes_initial = 1 << 20, .map_bytes_max = 2 << 20}, clock);
  REQUIRE(small);
  std::string value(64 << 10, 'v');
  auto done = (*small)->write([&](Writer& writer) {
    for (uint64_t i = 0; i < 100; ++i) writer.put(Table::memory, std::to_string(i), value);
    return Status{};
  });
  REQUIRE_FALSE(done);
  CHECK(done.error().code == Code::unavailable);
  CHECK((*small)->write([](Writer& writer) {
    writer.put(Table::memory, "a", "1");
    return Status{};
  }));
}

TEST_CASE("a state of another format version is refused with the command that helps") {
  TempStore temp;
  temp.write([](Writer& writer) {
    std::string row;
    put_le<uint32_t>(row, 1);
    put_le<int64_t>(row, 0);
    writer.put(Table::meta, "format", row);
  });
  temp.close();
  ManualClock clock(0);
  for (const auto& again : {Store::open({.dir = temp.dir()}, clock), Store::open_to_read(temp.dir(), clock)}) {
    REQUIRE_FALSE(again);
    CHECK(again.error().code == Code::conflict);
    CHECK_THAT(again.error().message, Catch::Contains("found format version 1, expected 3"));
    CHECK_THAT(again.error().message, Catch::Contains("hookswitch rebuild"));
  }
}

TEST_CASE("a copy holds what was committed") {
  TempStore temp;
  temp.write([](Writer& writer) { writer.put(Table::memory, "a", "1"); });
  std::string copy = temp.dir() + "/copy";
  std::filesystem::create_directory(copy);
  REQUIRE(temp->copy_to(copy));
  ManualClock clock(0);
  auto opened = Store::open({.dir = copy}, clock);
  REQUIRE(opened);
  CHECK((*(*opened)->read())->get(Table::memory, "a") == "1");
}

}  // namespace
}  // namespace hookswitch
