// What root makes for another's directory becomes that one's.
#include "engine/base/owner.h"

#include <sys/stat.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

using namespace hookswitch;
namespace fs = std::filesystem;

namespace {

uid_t owner(const std::string& path) {
  struct stat info{};
  REQUIRE(::lstat(path.c_str(), &info) == 0);
  return info.st_uid;
}

}  // namespace

TEST_CASE("a file, and a directory with all below it, is given to the owner of another directory by root alone") {
  const std::string dir = fs::temp_directory_path() / "hookswitch_owner_test";
  fs::remove_all(dir);
  fs::create_directories(dir + "/made/below");
  for (const char* file : {"/made/below/data.mdb", "/LOCK"}) std::ofstream(dir + file) << "x";
  fs::create_symlink("/etc/hostname", dir + "/made/link");
  const bool root = ::geteuid() == 0;
  const uid_t other = root ? 65'534 : ::geteuid();
  if (root) REQUIRE(::chown(dir.c_str(), other, other) == 0);
  const uid_t outside = owner("/etc/hostname");
  REQUIRE(give_to_owner_of(dir, dir + "/made"));
  REQUIRE(give_to_owner_of(dir, dir + "/LOCK"));
  for (const char* path : {"/made", "/made/below", "/made/below/data.mdb", "/made/link", "/LOCK"}) {
    INFO(path);
    CHECK(owner(dir + path) == other);
  }
  CHECK(owner("/etc/hostname") == outside);
  CHECK((root ? !give_to_owner_of(dir, dir + "/nothing") : true));
  fs::remove_all(dir);
}
