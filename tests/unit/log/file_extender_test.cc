#include "engine/log/file_extender.h"

#include <catch2/catch.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "tests/unit/lmdb/scratch_dir.h"

using namespace hookswitch;

namespace {

constexpr uint64_t kMiB = 1 << 20;

std::string file_of(const std::string& path, const std::string& bytes) {
  std::ofstream(path) << bytes;
  return path;
}

std::string content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool reaches(const std::string& path, uint64_t bytes) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (std::filesystem::file_size(path) < bytes) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace

TEST_CASE("the file is extended with zeros behind what is there") {
  ScratchDir dir;
  const size_t bytes = GENERATE(8192, 100);  // 100: cannot be appended to past the page cache
  const auto path = file_of(dir / "file", std::string(bytes, 'x'));
  FileExtender extender(path, 3 * kMiB);
  extender.used(bytes);
  REQUIRE(reaches(path, bytes + 3 * kMiB));
  CHECK(content(path) == std::string(bytes, 'x') + std::string(3 * kMiB, '\0'));
}

TEST_CASE("the file is extended again once half of the room is used") {
  ScratchDir dir;
  const auto path = file_of(dir / "file", std::string(4096, 'x'));
  FileExtender extender(path, 2 * kMiB);
  extender.used(4096);
  REQUIRE(reaches(path, 4096 + 2 * kMiB));
  extender.used(4096 + kMiB);
  CHECK(reaches(path, 4096 + 3 * kMiB));
}

TEST_CASE("a file that is long enough and one that is missing are left alone") {
  ScratchDir dir;
  const auto path = file_of(dir / "file", std::string(3 * kMiB, 'x'));
  {
    FileExtender extender(path, kMiB);
    extender.used(kMiB);
    FileExtender missing(dir / "missing", kMiB);
    missing.used(kMiB);
    FileExtender never(path, 0);
    never.used(3 * kMiB);
  }
  CHECK(std::filesystem::file_size(path) == 3 * kMiB);
  CHECK_FALSE(std::filesystem::exists(dir / "missing"));
}
