// An environment seen from a process that only reads it.
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "engine/lmdb/env.h"
#include "engine/lmdb/txn.h"
#include "tests/unit/lmdb/scratch_dir.h"

namespace hookswitch::lmdb {
namespace {

EnvOptions options(const ScratchDir& dir, bool read_only) {
  EnvOptions out;
  out.dir = dir / "env";
  out.map_bytes_initial = 1 << 20;
  out.read_only = read_only;
  return out;
}

/// Reads the row "large" each time it is told to, and answers with its size / 1024 (255: could not).
int read_when_told(const ScratchDir& dir, int told, int answers) {
  auto env = Env::open(options(dir, true));
  auto table = env ? (*env)->open_table("rows") : std::unexpected(env.error());
  for (uint8_t byte = 0; ::read(told, &byte, 1) == 1;) {
    byte = 255;
    auto txn = table ? (*env)->read() : std::unexpected(table.error());
    auto row = txn ? txn->get(*table, "large") : std::unexpected(txn.error());
    if (row) byte = *row ? static_cast<uint8_t>((*row)->size() / 1024 / 16) : 0;
    if (::write(answers, &byte, 1) != 1) return 1;
  }
  return 0;
}

}  // namespace

TEST_CASE("a process that only reads follows a map that another process makes larger", "[lmdb]") {
  ScratchDir dir;
  auto env = Env::open(options(dir, false));
  REQUIRE(env);
  auto table = (*env)->open_table("rows");
  REQUIRE(table);
  int told[2], answers[2];
  REQUIRE(::pipe(told) == 0);
  REQUIRE(::pipe(answers) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(told[1]);
    ::_exit(read_when_told(dir, told[0], answers[1]));
  }
  auto ask = [&] {
    uint8_t byte = 0;
    return ::write(told[1], &byte, 1) == 1 && ::read(answers[0], &byte, 1) == 1 ? int{byte} : -1;
  };
  CHECK(ask() == 0);
  auto put = [&](size_t bytes) {
    return (*env)->write([&](WriteTxn& txn) { return txn.put(*table, "large", std::string(bytes, 'x')); });
  };
  REQUIRE(put(128 << 10));
  CHECK(ask() == 8);
  REQUIRE(put(3 << 20));
  CHECK(ask() == 192);
  ::close(told[1]);
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  for (int fd : {told[0], answers[0], answers[1]}) ::close(fd);
}

TEST_CASE("an environment that is not there is not made by opening it to read", "[lmdb]") {
  ScratchDir dir;
  auto env = Env::open(options(dir, true));
  REQUIRE(!env);
  CHECK(env.error().code == Code::not_found);
}

}  // namespace hookswitch::lmdb
