#include "engine/state/batch_writer.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "engine/base/limits.h"
#include "tests/unit/state/temp_store.h"

using namespace hookswitch;

namespace {

constexpr Table kTable = Table::contacts;

/// Keys and values in the order of a scan.
std::vector<std::string> rows(const Reader& reader) {
  std::vector<std::string> out;
  reader.scan(kTable, "", Direction::forward, [&](std::string_view key, std::string_view value) {
    out.push_back(std::string(key) + "=" + std::string(value));
    return true;
  });
  return out;
}

using Rows = std::vector<std::string>;

}  // namespace

TEST_CASE("a batch reads what it changed, in every way of reading") {
  TempStore store;
  REQUIRE(store->write([](Writer& writer) {
    writer.put(kTable, "b", "old");
    writer.put(kTable, "c", "old");
    BatchWriter batch(writer);
    batch.put(kTable, "c", "new");
    batch.put(kTable, "a", "new");
    CHECK(batch.del(kTable, "b"));
    CHECK_FALSE(batch.del(kTable, "b"));
    CHECK_FALSE(batch.del(kTable, "never"));
    CHECK(batch.get(kTable, "c") == "new");
    CHECK_FALSE(batch.get(kTable, "b"));
    CHECK(writer.get(kTable, "c") == "old");  // nothing was written so far
    CHECK(rows(batch) == Rows{"a=new", "c=new"});
    CHECK(batch.count(kTable) == 2);
    batch.put(kTable, "b", "again");
    batch.flush();
    return batch.status();
  }));
  auto reader = store->read();
  REQUIRE(reader);
  CHECK(rows(**reader) == Rows{"a=new", "b=again", "c=new"});
}

TEST_CASE("a batch larger than its bound is written meanwhile, and nothing of it is missing") {
  TempStore store;
  const std::string value(limits::kMiB, 'v');
  const size_t count = limits::kBatchBytes / limits::kMiB + 3;
  REQUIRE(store->write([&](Writer& writer) {
    BatchWriter batch(writer);
    for (size_t i = 0; i < count; ++i) batch.put(kTable, "key" + std::to_string(100 + i), value);
    CHECK(writer.get(kTable, "key100").has_value());
    CHECK(batch.get(kTable, "key100") == value);
    batch.flush();
    return batch.status();
  }));
  CHECK((*store->read())->count(kTable) == count);
}

TEST_CASE("tables that nobody will read are not written") {
  TempStore store;
  TableSet unread;
  unread.set(static_cast<size_t>(kTable));
  REQUIRE(store->write([&](Writer& writer) {
    BatchWriter batch(writer, unread);
    batch.put(kTable, "a", "1");
    batch.append(kTable, "b", "1");
    CHECK_FALSE(batch.del(kTable, "a"));
    batch.put(Table::agents, "a", "1");
    batch.flush();
    return batch.status();
  }));
  auto reader = store->read();
  REQUIRE(reader);
  CHECK((*reader)->count(kTable) == 0);
  CHECK((*reader)->get(Table::agents, "a") == "1");
}
