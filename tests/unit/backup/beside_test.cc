// Beside a process that appends and processes all the time, and killed at any moment, a backup is consistent.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "engine/fsck/fsck.h"
#include "tests/unit/backup/data_dir.h"

namespace hookswitch::test {
namespace {

/// A process that runs until it is killed. It is left without destructors: what a kill leaves behind.
template <class Run>
pid_t spawn(const Run& run) {
  const pid_t pid = fork();
  if (pid != 0) return pid;
  try {
    run();
  } catch (...) {
  }
  _exit(1);
}

void kill_and_wait(pid_t pid) {
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
}

/// Appends and processes as an engine does, two threads of it, with log that is trimmed behind.
void live(const DataDir& data, bool trims) {
  LogOptions options{.dir = data.path("/log"), .blob_dir = data.path("/blobs")};
  options.keep_bytes = trims ? 400'000 : 0;
  auto log = expect(Log::open(options, data.clock()));
  auto store = expect(Store::open({.dir = data.path("/state")}, data.clock()));
  std::thread processor([&] {
    for (uint64_t seq = 0;;) {
      seq = log->wait_beyond(seq, 1'000);
      auto written = store->write([&](Writer& writer) {
        put_position(writer, seq);
        writer.put(Table::memory, "key " + std::to_string(seq % 500), std::string(seq % 3'000, 'm'));
        return writer.status();
      });
      if (!written) _exit(1);
      log->keep_from(seq + 1);
    }
  });
  for (;;) {
    NewRecord record{.time_ms = kNow, .source = "twilio", .body = std::string(1'000, 'b')};
    expect(log->append_and_wait(std::move(record)));
  }
}

uint64_t count(const std::vector<std::string>& bodies) { return bodies.size(); }

}  // namespace

TEST_CASE("backups beside a process that appends hold a log that reaches as far as their state") {
  DataDir data;
  data.append(1);
  const pid_t engine = spawn([&] { live(data, false); });
  uint64_t last_seq = 0;
  for (int round = 0; round < 8; ++round) {
    usleep(30'000);
    auto summary = expect(data.back_up("backup", 100'000));
    CHECK(summary.position <= summary.last_seq);
    CHECK(summary.position > 0);
    CHECK(summary.last_seq > last_seq);
    CHECK(summary.records == summary.last_seq - last_seq);
    last_seq = summary.last_seq;
  }
  CHECK(waitpid(engine, nullptr, WNOHANG) == 0);  // it has not noticed
  kill_and_wait(engine);
  expect(data.restore("restored"));
  CHECK(count(data.bodies("restored")) == last_seq);
  CHECK(data.position("restored") <= last_seq);
}

TEST_CASE("of a log that is trimmed while it is copied, the backup has what its state needs") {
  DataDir data;
  data.append(1);
  const pid_t engine = spawn([&] { live(data, true); });
  usleep(300'000);
  for (int round = 0; round < 5; ++round) {
    usleep(30'000);
    const std::string name = "backup" + std::to_string(round);
    auto summary = expect(data.back_up(name, 100'000));
    CHECK(summary.first_seq <= summary.position + 1);
    auto staged = expect(data.restore("restored" + std::to_string(round), std::nullopt, false, name));
    CHECK(staged.position == summary.position);
    CHECK(staged.last_seq == summary.last_seq);
  }
  kill_and_wait(engine);
}

TEST_CASE("when something is erased while the log is copied, the state is copied once more too") {
  DataDir data;
  data.append(1, "Ana");
  data.append(5);
  bool erased = false;
  auto summary = expect(data.back_up("backup", 1, [&](uint64_t, uint64_t) {
    if (erased) return true;
    erased = true;
    const pid_t engine = spawn([&] {
      data.append(1);
      data.erase(1);
      _exit(0);
    });
    int status = 0;
    waitpid(engine, &status, 0);
    REQUIRE(status == 0);
    return true;
  }));
  CHECK(summary.position == 7);
  CHECK(summary.records == 7);
  CHECK(expect(data.restore("restored")).position == 7);
  CHECK(data.bodies("restored").front().empty());
}

TEST_CASE("a backup that is killed at any moment leaves the one before, and the next goes on") {
  DataDir data;
  data.append_large(std::string(2'000'000, 'a'));
  expect(data.back_up());
  uint64_t whole = 1;
  for (useconds_t after_us = 500; after_us < 40'000; after_us += 2'500) {
    data.append(20, "more");
    const pid_t backup = spawn([&] { expect(data.back_up("backup", 1)); });
    usleep(after_us);
    kill_and_wait(backup);
    const std::string target = "restored" + std::to_string(after_us);
    auto staged = expect(data.restore(target));
    CHECK(staged.last_seq >= whole);
    CHECK(count(data.bodies(target)) == staged.last_seq);
    whole = staged.last_seq;
  }
  auto last = expect(data.back_up());
  expect(data.restore("last"));
  CHECK(data.bodies("last") == data.bodies("data"));
  CHECK(last.last_seq == count(data.bodies("data")));
}

TEST_CASE("looking at data beside a process that changes it finds nothing wrong") {
  DataDir data;
  data.append(1);
  const pid_t engine = spawn([&] { live(data, true); });
  auto blobs = Blobs::open_to_read(data.path("/blobs"));
  for (int round = 0; round < 10; ++round) {
    usleep(20'000);
    std::vector<std::string> findings;
    Fsck fsck({.data_dir = data.path(),
               .clock = data.clock(),
               .open_log = [&] { return Log::open_to_read(data.path("/log")); },
               .blobs = *blobs},
              [&](const Finding& finding) { findings.push_back(finding.text()); });
    auto summary = expect(fsck.run());
    for (const std::string& finding : findings) UNSCOPED_INFO(finding);
    CHECK(findings.empty());
    CHECK(summary.pages > 0);
  }
  kill_and_wait(engine);
}

}  // namespace hookswitch::test
