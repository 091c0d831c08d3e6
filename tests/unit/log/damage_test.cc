#include <filesystem>

#include "engine/lmdb/txn.h"
#include "engine/log/format.h"
#include "tests/unit/log/log_fixture.h"

using namespace hookswitch;

namespace {

std::unique_ptr<lmdb::Env> raw(const LogFixture& f) {
  auto env = lmdb::Env::open({.dir = f.options.dir});
  REQUIRE(env);
  return std::move(*env);
}

/// Changes one byte of the group that begins at `first`, behind the log's back.
void flip(LogFixture& f, GroupKey key, size_t at) {
  f.log.reset();
  auto env = raw(f);
  const auto table = env->open_table("groups").value();
  REQUIRE(env->write([&](lmdb::WriteTxn& txn) -> Status {
    std::string value(txn.get(table, encode_group_key(key)).value().value());
    value.at(at) ^= 1;
    return txn.put(table, encode_group_key(key), value);
  }));
}

}  // namespace

TEST_CASE("a damaged record is reported and skipped, and everything around it is read") {
  LogFixture f;
  f.open();
  for (const char* body : {"aaaa", "bbbb", "cccc"}) f.add(body);
  const size_t last_byte = kGroupHeaderBytes + 4 + encoded_bytes(f.record("bbbb")) - 1;
  flip(f, {2, 1}, last_byte);
  f.open();
  Bodies seen;
  std::vector<uint64_t> corrupt;
  auto read = f.log->read(
      1, 10,
      [&](const RecordView& record) {
        seen.emplace_back(record.body);
        return true;
      },
      [&](uint64_t seq, const Error& error) {
        CHECK(error.code == Code::corrupt);
        corrupt.push_back(seq);
      });
  CHECK(read.value() == 2);
  CHECK(seen == Bodies{"aaaa", "cccc"});
  CHECK(corrupt == std::vector<uint64_t>{2});
}

TEST_CASE("a damaged header of the newest group changes neither what is read nor where the log goes on") {
  LogFixture f;
  f.open();
  f.add("a", 100);
  f.add("b", 200);
  flip(f, {2, 1}, 30);
  f.open();
  CHECK(f.log->last_seq() == 2);
  CHECK(f.log->seq_at(150).value() == 2);
  CHECK(f.add("c", 50) == 3);
  CHECK(f.bodies() == Bodies{"a", "b", "c"});
}

TEST_CASE("another format version is refused by name, and nothing is changed") {
  LogFixture f;
  f.open();
  f.log.reset();
  {
    auto env = raw(f);
    const auto meta = env->open_table("meta").value();
    REQUIRE(env->write([&](lmdb::WriteTxn& txn) { return txn.put(meta, "format", std::string("\x2a\0\0\0", 4)); }));
  }
  for (int attempt = 0; attempt < 2; ++attempt) {
    auto opened = Log::open(f.options, f.clock);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == Code::conflict);
    CHECK(opened.error().message.find("version 42") != std::string::npos);
    CHECK(opened.error().message.find("version 1") != std::string::npos);
  }
}
