// Room is kept back on a disk that has some, given up on one that is nearly full, and taken again.
#include "engine/log/disk_reserve.h"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>

#include "tests/unit/lmdb/scratch_dir.h"

using namespace hookswitch;

namespace fs = std::filesystem;

namespace {

constexpr uint64_t kMiB = 1 << 20;

/// A disk of 64 MiB; none where mounting is not allowed.
struct SmallDisk {
  ScratchDir dir;
  const std::string path = dir / "disk";
  bool mounted = false;

  SmallDisk() {
    fs::create_directories(path);
    mounted = ::mount("tmpfs", path.c_str(), "tmpfs", 0, "size=64m") == 0;
    if (!mounted) WARN("no small disk can be made here: mounting is not allowed");
  }
  ~SmallDisk() {
    if (mounted) ::umount2(path.c_str(), MNT_DETACH);
  }
  std::string reserve() const { return path + "/reserve"; }
  uint64_t room() const { return fs::space(path).available; }

  /// Leaves so many bytes free.
  void fill(uint64_t but_bytes) const {
    const int fd = ::open((path + "/filler").c_str(), O_WRONLY | O_CREAT, 0600);
    REQUIRE(::posix_fallocate(fd, 0, static_cast<off_t>(room() - but_bytes)) == 0);
    ::close(fd);
  }
  void empty() const { fs::remove(path + "/filler"); }
};

}  // namespace

TEST_CASE("a reserve is an eighth of a small disk, given up when it is nearly full and made again") {
  SmallDisk disk;
  if (!disk.mounted) return;
  ManualClock clock{0};
  DiskReserve reserve({.file = disk.reserve(), .look_us = 0}, clock);
  CHECK(reserve.held());
  CHECK(fs::file_size(disk.reserve()) == 8 * kMiB);
  CHECK_FALSE(reserve.low());
  CHECK(reserve.tend().empty());

  disk.fill(3 * kMiB);
  CHECK(reserve.low());
  CHECK(reserve.tend().find("503") != std::string::npos);
  CHECK_FALSE(reserve.held());
  CHECK(disk.room() >= 11 * kMiB);  // for those who clean up
  CHECK(reserve.low());             // and for them alone
  CHECK(reserve.tend().empty());

  disk.empty();
  CHECK_FALSE(reserve.low());
  CHECK_FALSE(reserve.tend().empty());
  CHECK(reserve.held());
  CHECK(fs::file_size(disk.reserve()) == 8 * kMiB);
}

TEST_CASE("a start on a full disk is low and has no reserve, until there is room") {
  SmallDisk disk;
  if (!disk.mounted) return;
  disk.fill(kMiB);
  ManualClock clock{0};
  DiskReserve reserve({.file = disk.reserve(), .look_us = 0}, clock);
  CHECK_FALSE(reserve.held());
  CHECK(reserve.low());
  disk.empty();
  CHECK_FALSE(reserve.tend().empty());
  CHECK(reserve.held());
  CHECK_FALSE(reserve.low());
}

TEST_CASE("the reserve of a former start is taken over") {
  SmallDisk disk;
  if (!disk.mounted) return;
  ManualClock clock{0};
  {
    DiskReserve reserve({.file = disk.reserve()}, clock);
  }
  const uint64_t room = disk.room();
  DiskReserve reserve({.file = disk.reserve()}, clock);
  CHECK(reserve.held());
  CHECK(disk.room() == room);
}

TEST_CASE("a reserve of another size is given up on a full disk, and made anew in its own size on one with room") {
  SmallDisk disk;
  if (!disk.mounted) return;
  const int fd = ::open(disk.reserve().c_str(), O_WRONLY | O_CREAT, 0600);
  REQUIRE(::posix_fallocate(fd, 0, 5 * kMiB) == 0);
  ::close(fd);
  const bool full = GENERATE(true, false);
  if (full) disk.fill(0);
  ManualClock clock{0};
  DiskReserve reserve({.file = disk.reserve(), .look_us = 0}, clock);
  CHECK(reserve.held() == !full);
  CHECK(reserve.low() == full);
  if (full) CHECK(disk.room() >= 5 * kMiB);
  if (!full) CHECK(fs::file_size(disk.reserve()) == 8 * kMiB);
}
