#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "tests/unit/log/log_fixture.h"

using namespace hookswitch;

namespace {

/// Appends for ever and writes every acknowledged sequence into the pipe.
[[noreturn]] void append_until_killed(const LogOptions& options, int acks) {
  SystemClock clock;
  auto log = Log::open(options, clock);
  if (!log) ::_exit(1);
  for (uint64_t i = 1;; ++i) {
    auto seq = (*log)->append_and_wait(LogFixture::record("record " + std::to_string(i)));
    if (!seq || ::write(acks, &*seq, sizeof *seq) != sizeof *seq) ::_exit(1);
  }
}

/// Lets a child append until it acknowledged `enough`, then kills it. Returns the last sequence it acknowledged.
uint64_t run_and_kill(const LogOptions& options, uint64_t enough) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  if (child == 0) append_until_killed(options, ends[1]);
  ::close(ends[1]);
  uint64_t last = 0, seq = 0, acks = 0;
  bool killed = false;
  while (::read(ends[0], &seq, sizeof seq) == sizeof seq) {
    last = seq;
    if (++acks >= enough && !killed) killed = ::kill(child, SIGKILL) == 0;
  }
  ::close(ends[0]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  return last;
}

/// Keeps files from growing beyond `bytes`, as a full disk would, until it is gone.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(uint64_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

/// A small disk in memory; gone with it, also when a check failed.
struct SmallDisk {
  explicit SmallDisk(std::string at) : path(std::move(at)) {
    std::filesystem::create_directory(path);
    mounted = ::mount("tmpfs", path.c_str(), "tmpfs", 0, "size=8m") == 0;
  }
  ~SmallDisk() {
    if (mounted) ::umount2(path.c_str(), MNT_DETACH);
  }
  bool enlarge() const { return ::mount("tmpfs", path.c_str(), "tmpfs", MS_REMOUNT, "size=32m") == 0; }

  const std::string path;
  bool mounted;
};

/// Appends records of 100 kB until one is refused; returns how many were acknowledged.
size_t fill(LogFixture& f, Result<uint64_t>& refused) {
  size_t stored = 0;
  for (; stored < 500; ++stored) {
    refused = f.log->append_and_wait(f.record(std::string(100'000, 'x')));
    if (!refused) return stored;
  }
  return stored;
}

}  // namespace

TEST_CASE("every acknowledged record is there after a kill, and the log goes on without a gap") {
  LogFixture f;
  uint64_t acknowledged = 0;
  for (int round = 0; round < 4; ++round) {
    acknowledged = run_and_kill(f.options, 50 + 40 * static_cast<uint64_t>(round));
    f.open();
    CHECK(f.log->last_seq() >= acknowledged);
    uint64_t expected = 1;
    REQUIRE(f.log->read(1, SIZE_MAX, [&](const RecordView& record) {
      CHECK(record.seq == expected++);
      return true;
    }));
    CHECK(expected == f.log->last_seq() + 1);
    f.log.reset();
  }
}

TEST_CASE("a file that may not grow refuses records, keeps those it has, and goes on when it may") {
  LogFixture f;
  f.options.extend_bytes = 0;
  f.open();
  Result<uint64_t> refused = 0;
  size_t stored = 0;
  {
    FileSizeLimit limit(3'000'000);
    stored = fill(f, refused);
    CHECK_FALSE(f.log->stats().last_error.empty());
  }
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::unavailable);
  CHECK(stored >= 5);
  CHECK(f.log->stats().failed_commits >= 1);
  CHECK(f.add("after") == stored + 1);
  CHECK(f.log->stats().last_error.empty());
  CHECK(f.bodies().size() == stored + 1);
  f.open();
  CHECK(f.bodies().size() == stored + 1);
}

TEST_CASE("a log that could not be written finds out by itself that it can be again") {
  LogFixture f;
  f.options.extend_bytes = 0;
  f.open();
  Result<uint64_t> refused = 0;
  size_t stored = 0;
  {
    FileSizeLimit limit(3'000'000);
    stored = fill(f, refused);
    CHECK_FALSE(f.log->stats().last_error.empty());
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!f.log->stats().last_error.empty() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  CHECK(f.log->stats().last_error.empty());
  CHECK(f.log->last_seq() == stored);
  CHECK(f.add("after") == stored + 1);
}

TEST_CASE("a full disk refuses records, keeps those it has, and goes on when there is space") {
  LogFixture f;
  const SmallDisk disk(f.dir / "disk");
  if (!disk.mounted) {
    WARN("not allowed to mount a small disk: skipped");
    return;
  }
  f.options.dir = disk.path + "/log";
  f.open();
  Result<uint64_t> refused = 0;
  const size_t stored = fill(f, refused);
  CHECK(refused.error().code == Code::unavailable);
  CHECK(stored >= 20);
  CHECK_FALSE(f.log->append_and_wait(f.record(std::string(100'000, 'x'))));
  REQUIRE(disk.enlarge());
  CHECK(f.add("after") == stored + 1);
  f.open();
  CHECK(f.bodies().size() == stored + 1);
}

TEST_CASE("a map at its bound refuses records, and trimming makes room again") {
  LogFixture f;
  f.options.map_bytes_max = 4 << 20;
  f.options.keep_ms = 1'000;
  f.open();
  Result<uint64_t> refused = 0;
  const size_t stored = fill(f, refused);
  CHECK(refused.error().code == Code::unavailable);
  REQUIRE(stored >= 10);
  f.clock.advance_ms(10'000);
  f.log->keep_from(stored + 1);
  while (f.log->trim_step().value()) {
  }
  CHECK(f.log->stats().first_seq == stored);
  CHECK(f.add("after", f.clock.now_ms()) == stored + 1);
  CHECK(f.add(std::string(100'000, 'x'), f.clock.now_ms()) == stored + 2);
}

TEST_CASE("the file is extended ahead of what is used") {
  LogFixture f;
  f.options.extend_bytes = 8 << 20;
  f.open();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (f.log->stats().file_bytes < (8 << 20) && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  CHECK(f.log->stats().file_bytes >= 8 << 20);
  for (int i = 0; i < 200; ++i) f.add(std::string(100'000, 'x'));
  const LogStats stats = f.log->stats();
  CHECK(stats.file_bytes >= stats.used_bytes);
  f.open();
  for (const auto& body : f.bodies()) REQUIRE(body == std::string(100'000, 'x'));
}
