// What a process keeps mapped of a file that is larger than it wants to be.
#include <catch2/catch.hpp>

#include <fstream>
#include <string>

#include "engine/lmdb/txn.h"
#include "tests/unit/lmdb/scratch_dir.h"

using namespace hookswitch;
using namespace hookswitch::lmdb;

namespace {

constexpr int kRows = 512;
constexpr size_t kRowBytes = 16 << 10;

// Kilobytes of the file that this process has mapped and touched.
size_t mapped_kb(const std::string& file) {
  std::ifstream maps("/proc/self/smaps");
  std::string line;
  size_t kb = 0;
  for (bool ours = false; std::getline(maps, line);) {
    if (line.find(file) != std::string::npos) ours = true;
    if (!ours || !line.starts_with("Rss:")) continue;
    kb += std::stoul(line.substr(4));
    ours = false;
  }
  return kb;
}

std::string key_of(int i) { return "row " + std::to_string(i); }
std::string row_of(int i) { return std::string(kRowBytes, static_cast<char>('a' + i % 26)); }

// With a map of its own for every transaction, if it may.
std::pair<std::unique_ptr<Env>, Table> filled_env(const ScratchDir& dir) {
  auto env =
      Env::open({.dir = dir / "env", .map_bytes_initial = 64 << 20, .map_bytes_max = 64 << 20, .remap_after = 1});
  REQUIRE(env);
  Table table = (*env)->open_table("t").value();
  auto filled = (*env)->write([&](WriteTxn& txn) -> Status {
    Status done;
    for (int i = 0; done && i < kRows; ++i) done = txn.put(table, key_of(i), row_of(i));
    return done;
  });
  REQUIRE(filled);
  return {std::move(*env), table};
}

int rows_as_written(const ReadTxn& txn, Table table) {
  int good = 0;
  for (int i = 0; i < kRows; ++i) {
    auto row = txn.get(table, key_of(i));
    if (row && *row && **row == row_of(i)) ++good;
  }
  return good;
}

}  // namespace

TEST_CASE("an environment that maps anew gives back what was read, and reads the same again") {
  ScratchDir dir;
  auto [env, table] = filled_env(dir);
  const std::string file = dir / "env" + std::string("/data.mdb");
  {
    auto txn = env->read();
    REQUIRE(txn);
    CHECK(rows_as_written(*txn, table) == kRows);
    CHECK(mapped_kb(file) >= kRows * kRowBytes / 1024);
  }
  auto txn = env->read();
  REQUIRE(txn);
  CHECK(mapped_kb(file) < 1024);
  CHECK(rows_as_written(*txn, table) == kRows);
}

TEST_CASE("while a transaction is open the map stays where it is") {
  ScratchDir dir;
  auto [env, table] = filled_env(dir);
  auto first = env->read();
  REQUIRE(first);
  auto row = first->get(table, key_of(7));
  REQUIRE((row && *row));
  auto second = env->read();
  REQUIRE(second);
  CHECK(**row == row_of(7));
  const Table rows = table;  // a lambda takes no part of a structured binding
  REQUIRE(env->write([&](WriteTxn& txn) { return txn.put(rows, "another", "row"); }));
  CHECK(**row == row_of(7));
}
