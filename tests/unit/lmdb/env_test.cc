#include <catch2/catch.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>
#include <vector>

#include "engine/lmdb/txn.h"
#include "tests/unit/lmdb/scratch_dir.h"

using namespace hookswitch;
using namespace hookswitch::lmdb;

namespace {

constexpr uint64_t kMiB = 1 << 20;

std::unique_ptr<Env> open_env(const std::string& dir, uint64_t initial = kMiB, uint64_t max = 64 * kMiB) {
  auto env = Env::open({.dir = dir, .map_bytes_initial = initial, .map_bytes_max = max});
  if (!env) FAIL(env.error().message);
  return std::move(*env);
}

Status put(Env& env, Table table, const std::string& key, const std::string& value) {
  return env.write([&](WriteTxn& txn) { return txn.put(table, key, value); });
}

std::string get(const Env& env, Table table, const std::string& key) {
  auto txn = env.read();
  REQUIRE(txn);
  auto value = txn->get(table, key);
  REQUIRE(value);
  return *value ? std::string(**value) : "(absent)";
}

}  // namespace

TEST_CASE("what was committed is there after the environment is opened again") {
  ScratchDir dir;
  {
    auto env = open_env(dir / "env");
    Table table = env->open_table("t").value();
    REQUIRE(put(*env, table, "a", "1"));
    REQUIRE(put(*env, table, "empty", ""));
  }
  auto env = open_env(dir / "env");
  Table table = env->open_table("t").value();
  CHECK(get(*env, table, "a") == "1");
  CHECK(get(*env, table, "empty") == "");
  CHECK(get(*env, table, "b") == "(absent)");
}

TEST_CASE("a write whose function fails, and a transaction that is not committed, change nothing") {
  ScratchDir dir;
  auto env = open_env(dir / "env");
  Table table = env->open_table("t").value();
  auto failed = env->write([&](WriteTxn& txn) -> Status {
    REQUIRE(txn.put(table, "a", "1"));
    return fail(Code::invalid, "no");
  });
  CHECK(failed.error().code == Code::invalid);
  {
    auto txn = env->begin_write();
    REQUIRE(txn);
    REQUIRE(txn->put(table, "a", "2"));
  }
  CHECK(get(*env, table, "a") == "(absent)");
}

TEST_CASE("put, put_new, put_append and del say what they found") {
  ScratchDir dir;
  auto env = open_env(dir / "env");
  Table table = env->open_table("t").value();
  REQUIRE(env->write([&](WriteTxn& txn) -> Status {
    CHECK(txn.put_new(table, "b", "1"));
    CHECK(txn.put_new(table, "b", "2").error().code == Code::conflict);
    CHECK(txn.put_append(table, "c", "3"));
    CHECK(txn.del(table, "b").value());
    CHECK_FALSE(txn.del(table, "b").value());
    auto place = txn.reserve_append(table, "d", 3);
    REQUIRE(place);
    std::copy_n("xyz", 3, *place);
    CHECK(txn.stat(table).value().entries == 2);
    return {};
  }));
  CHECK(get(*env, table, "d") == "xyz");
  REQUIRE(env->write([&](WriteTxn& txn) { return txn.clear(table); }));
  CHECK(get(*env, table, "d") == "(absent)");
}

TEST_CASE("a key of 511 bytes is taken, and one of 512 or none is refused") {
  ScratchDir dir;
  auto env = open_env(dir / "env");
  Table table = env->open_table("t").value();
  CHECK(put(*env, table, std::string(511, 'k'), "1"));
  CHECK(put(*env, table, std::string(512, 'k'), "1").error().code == Code::too_large);
  CHECK(put(*env, table, "", "1").error().code == Code::invalid);
}

TEST_CASE("a cursor finds the nearest key on either side and walks both ways") {
  ScratchDir dir;
  auto env = open_env(dir / "env");
  Table table = env->open_table("t").value();
  for (const char* key : {"b", "d", "f"}) REQUIRE(put(*env, table, key, key));
  auto txn = env->read();
  REQUIRE(txn);
  auto cursor = txn->cursor(table);
  REQUIRE(cursor);
  struct Case {
    const char *key, *at_least, *at_most;
  };
  const Case cases[] = {{"", "b", ""},   {"a", "b", ""},  {"b", "b", "b"},
                        {"c", "d", "b"}, {"f", "f", "f"}, {"g", "", "f"}};
  for (const auto& [key, at_least, at_most] : cases) {
    INFO(key);
    CHECK(cursor->seek_at_least(key).value() == (*at_least != 0));
    CHECK(cursor->key() == at_least);
    CHECK(cursor->seek_at_most(key).value() == (*at_most != 0));
    CHECK(cursor->key() == at_most);
  }
  REQUIRE(cursor->last().value());
  CHECK(cursor->value() == "f");
  REQUIRE(cursor->prev().value());
  CHECK(cursor->key() == "d");
  REQUIRE(cursor->next().value());
  CHECK_FALSE(cursor->next().value());
}

TEST_CASE("removing at a cursor goes on with the entry that followed") {
  ScratchDir dir;
  auto env = open_env(dir / "env");
  Table table = env->open_table("t").value();
  for (const char* key : {"a", "b", "c"}) REQUIRE(put(*env, table, key, key));
  REQUIRE(env->write([&](WriteTxn& txn) -> Status {
    auto cursor = txn.cursor(table);
    REQUIRE(cursor->first().value());
    REQUIRE(cursor->del());
    REQUIRE(cursor->next().value());
    CHECK(cursor->key() == "b");
    return {};
  }));
  CHECK(get(*env, table, "a") == "(absent)");
}

TEST_CASE("the map grows under readers that come and go") {
  ScratchDir dir;
  auto env = open_env(dir / "env");
  Table table = env->open_table("t").value();
  REQUIRE(put(*env, table, "k", "v"));
  std::atomic<bool> stop = false;
  std::atomic<uint64_t> wrong = 0, reads = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!stop) {
        auto outer = env->read();
        auto inner = env->read();  // one more in the same thread: it must not wait for itself
        auto value = inner ? inner->get(table, "k") : std::nullopt;
        if (!outer || !value || !*value || **value != "v") ++wrong;
        ++reads;
      }
    });
  }
  const std::string big(256 * 1024, 'x');
  for (int i = 0; i < 60; ++i) {
    auto status = put(*env, table, "big" + std::to_string(i), big);
    if (!status) FAIL(status.error().message);
  }
  stop = true;
  for (auto& reader : readers) reader.join();
  CHECK(wrong == 0);
  CHECK(reads > 0);
  CHECK(env->info().map_bytes >= 16 * kMiB);
}

TEST_CASE("at its bound a full map refuses, keeps what is there, and takes more once something is removed") {
  ScratchDir dir;
  auto env = open_env(dir / "env", kMiB, 2 * kMiB);
  Table table = env->open_table("t").value();
  const std::string big(100 * 1024, 'x');
  int stored = 0;
  Status status;
  while (stored < 100 && (status = put(*env, table, "k" + std::to_string(stored), big))) ++stored;
  REQUIRE_FALSE(status);
  CHECK(status.error().code == Code::unavailable);
  CHECK(status.error().message.find("full") != std::string::npos);
  CHECK(stored >= 10);
  CHECK(get(*env, table, "k0") == big);
  for (const char* key : {"k0", "k1"}) {
    REQUIRE(env->write([&](WriteTxn& txn) -> Status {
      auto removed = txn.del(table, key);
      return removed ? Status() : std::unexpected(removed.error());
    }));
  }
  REQUIRE(put(*env, table, "small", "s"));
  CHECK(put(*env, table, "again", big));
}

TEST_CASE("a backup taken while it is in use holds what was committed before") {
  ScratchDir dir;
  auto env = open_env(dir / "env");
  Table table = env->open_table("t").value();
  REQUIRE(put(*env, table, "a", "1"));
  std::filesystem::create_directory(dir / "copy");
  auto copied = env->copy_to(dir / "copy");
  if (!copied) FAIL(copied.error().message);
  REQUIRE(put(*env, table, "a", "2"));
  auto copy = open_env(dir / "copy");
  CHECK(get(*copy, copy->open_table("t").value(), "a") == "1");
}

TEST_CASE("tables keep their handles when the environment is opened again in place") {
  ScratchDir dir;
  auto env = open_env(dir / "env");
  Table one = env->open_table("one").value();
  Table two = env->open_table("two").value();
  REQUIRE(put(*env, one, "k", "1"));
  REQUIRE(put(*env, two, "k", "2"));
  REQUIRE(env->reopen());
  CHECK(get(*env, one, "k") == "1");
  CHECK(get(*env, two, "k") == "2");
  CHECK(env->sync());
}

TEST_CASE("a reader slot of a process that was killed is freed by the next open") {
  ScratchDir dir;
  const pid_t child = ::fork();
  if (child == 0) {
    auto env = Env::open({.dir = dir / "env"});
    auto txn = (*env)->read();
    ::_exit(txn ? 0 : 1);
  }
  int status = 1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
  auto env = open_env(dir / "env");
  Table table = env->open_table("t").value();
  // Pages are used again only when no reader, dead ones included, may still look at them.
  const std::string big(200 * 1024, 'x');
  for (int i = 0; i < 20; ++i) REQUIRE(put(*env, table, "k", big));
  CHECK(env->info().used_bytes < 2 * kMiB);
}

TEST_CASE("a file that is not LMDB's is refused as corrupt and a directory that cannot be made by name") {
  ScratchDir dir;
  std::filesystem::create_directory(dir / "env");
  std::ofstream(dir / "env/data.mdb") << std::string(8192, 'x');
  auto env = Env::open({.dir = dir / "env"});
  REQUIRE_FALSE(env);
  CHECK(env.error().code == Code::corrupt);
  auto under_file = Env::open({.dir = dir / "env/data.mdb/below"});
  REQUIRE_FALSE(under_file);
  CHECK(under_file.error().message.find("data.mdb/below") != std::string::npos);
}

TEST_CASE("what a crash left of a file that was being made is made anew, and nothing of it stays") {
  ScratchDir dir;
  std::filesystem::create_directories(dir / "env/new");
  std::ofstream(dir / "env/new/data.mdb") << std::string(8192, '\0');
  auto env = open_env(dir / "env");
  Table table = env->open_table("t").value();
  REQUIRE(put(*env, table, "k", "v"));
  env.reset();
  CHECK_FALSE(std::filesystem::exists(dir / "env/new"));
  env = open_env(dir / "env");
  CHECK(get(*env, env->open_table("t").value(), "k") == "v");
}
