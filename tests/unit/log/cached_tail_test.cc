#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>

#include "tests/unit/log/log_fixture.h"

using namespace hookswitch;

namespace {

constexpr size_t kMiB = 1 << 20;

/// How many of the file's first `bytes` are in the page cache.
size_t cached_bytes(const std::string& path, size_t bytes) {
  const int fd = ::open(path.c_str(), O_RDONLY);
  void* map = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, fd, 0);
  std::vector<unsigned char> pages(bytes / 4096);
  const int rc = ::mincore(map, bytes, pages.data());
  ::munmap(map, bytes);
  ::close(fd);
  if (rc != 0) FAIL("mincore");
  return 4096 * static_cast<size_t>(std::ranges::count_if(pages, [](unsigned char page) { return (page & 1) != 0; }));
}

/// A file system in memory has nowhere to let its pages go to.
bool in_memory(const std::string& path) {
  struct statfs found{};
  return ::statfs(path.c_str(), &found) == 0 && found.f_type == TMPFS_MAGIC;
}

template <class Done>
bool soon(Done done) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

struct FilledLog : LogFixture {
  static constexpr size_t kBodyBytes = 64 * 1024;
  uint64_t added = 0;

  FilledLog() {
    options.cached_bytes = 2 * kMiB;
    open();
  }
  void fill(size_t bytes) {
    for (size_t i = 0; i < bytes / kBodyBytes; ++i)
      added = add(std::string(kBodyBytes, static_cast<char>('a' + i % 26)));
  }
  std::string file() const { return dir / "log/data.mdb"; }
};

}  // namespace

TEST_CASE("what is processed and far behind leaves memory, and can still be read") {
  FilledLog log;
  if (in_memory(log.dir / "")) return;
  log.fill(8 * kMiB);
  CHECK(log.bodies().size() == log.added);  // all of it is in the map now
  CHECK(cached_bytes(log.file(), 8 * kMiB) > 6 * kMiB);
  log.log->keep_from(log.added + 1);
  log.fill(2 * kMiB);
  CHECK(soon([&] { return cached_bytes(log.file(), 6 * kMiB) < kMiB; }));
  const auto bodies = log.bodies();
  REQUIRE(bodies.size() == log.added);
  CHECK(std::ranges::all_of(bodies, [](const std::string& body) { return body == std::string(body.size(), body[0]); }));
}

TEST_CASE("while nothing is processed all of it stays in memory") {
  FilledLog log;
  if (in_memory(log.dir / "")) return;
  log.fill(10 * kMiB);
  log.log->stop();
  CHECK(cached_bytes(log.file(), 10 * kMiB) > 9 * kMiB);
}

TEST_CASE("what is not processed stays in memory") {
  FilledLog log;
  if (in_memory(log.dir / "")) return;
  log.fill(6 * kMiB);
  log.log->keep_from(3 * kMiB / FilledLog::kBodyBytes);
  log.fill(4 * kMiB);
  CHECK(soon([&] { return cached_bytes(log.file(), 2 * kMiB) < kMiB; }));
  log.log->stop();
  CHECK(cached_bytes(log.file(), 10 * kMiB) > 6 * kMiB);
}
