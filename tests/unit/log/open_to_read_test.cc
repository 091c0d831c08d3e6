// The log as another process reads it, beside the one that appends.
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "tests/unit/log/log_fixture.h"

namespace hookswitch {
namespace {

/// Runs `look` in a process of its own on the log, which is open in this one; its exit code.
int in_another_process(const std::function<int()>& look) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(look());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// How many records another process sees; 255 when it cannot open the log.
int seen_by_another(const std::string& dir) {
  return in_another_process([&dir] {
    auto log = Log::open_to_read(dir);
    if (!log) return 255;
    int seen = 0;
    auto read = (*log)->read(1, SIZE_MAX, [&](const RecordView&) { return ++seen > 0; });
    return read && (*log)->last_seq() == static_cast<uint64_t>(seen) ? seen : 254;
  });
}

}  // namespace

TEST_CASE("another process reads what was appended while the log is open", "[log]") {
  LogFixture fixture;
  fixture.open();
  fixture.add("one");
  fixture.add("two");
  CHECK(seen_by_another(fixture.options.dir) == 2);
  fixture.add("three");
  CHECK(seen_by_another(fixture.options.dir) == 3);
  CHECK(fixture.bodies() == Bodies{"one", "two", "three"});
}

TEST_CASE("a reader in another process sees what is appended after it opened", "[log]") {
  LogFixture fixture;
  fixture.options.extend_bytes = 0;
  fixture.open();
  fixture.add("one");
  int ready[2], go[2];
  REQUIRE(::pipe(ready) == 0);
  REQUIRE(::pipe(go) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    auto log = Log::open_to_read(fixture.options.dir);
    char byte = log ? 'y' : 'n';
    if (::write(ready[1], &byte, 1) != 1 || ::read(go[0], &byte, 1) != 1 || !log) ::_exit(1);
    ::_exit((*log)->wait_beyond(5, 20'000) == 6 && (*log)->stats().first_seq == 1 ? 0 : 2);
  }
  char byte = 0;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  CHECK(byte == 'y');
  REQUIRE(::write(go[1], &byte, 1) == 1);
  for (int i = 0; i < 5; ++i) fixture.add(std::string(1 << 20, 'x'));
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  for (int fd : {ready[0], ready[1], go[0], go[1]}) ::close(fd);
}

TEST_CASE("a log open to be read refuses to be written", "[log]") {
  LogFixture fixture;
  fixture.open();
  fixture.add("one");
  fixture.log.reset();
  auto log = Log::open_to_read(fixture.options.dir);
  REQUIRE(log);
  auto& as_if_writable = const_cast<Log&>(**log);
  NewRecord record = LogFixture::record("two");
  CHECK(as_if_writable.append(record, {}).error().code == Code::denied);
  CHECK(as_if_writable.trim_step().error().code == Code::denied);
  CHECK((*log)->last_seq() == 1);
}

TEST_CASE("where there is no log nothing is made by opening it to read", "[log]") {
  LogFixture fixture;
  auto log = Log::open_to_read(fixture.options.dir);
  REQUIRE(!log);
  CHECK(log.error().code == Code::not_found);
  CHECK(!std::filesystem::exists(fixture.options.dir));
}

}  // namespace hookswitch
