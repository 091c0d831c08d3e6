#include "engine/base/small_file.h"

#include <sys/stat.h>
#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace hookswitch;

namespace {

struct Folder {
  Folder() {
    char name[] = "/tmp/hookswitch-file-XXXXXX";
    path = mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string path;
};

}  // namespace

TEST_CASE("a small file is read whole, with who may read it") {
  Folder dir;
  const std::string path = dir.path + "/secret";
  std::ofstream(path) << "hunter2\n";
  ::chmod(path.c_str(), 0640);
  auto file = read_small_file(path, 8);
  REQUIRE(file);
  CHECK(file->text == "hunter2\n");
  CHECK((file->mode & 0777) == 0640);
  CHECK(read_small_file(path, 7).error() == "no file of at most 7 bytes");
}

TEST_CASE("what is no file is not waited for") {
  Folder dir;
  const std::string pipe = dir.path + "/pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(read_small_file(pipe).error() == "no regular file");
  CHECK(read_small_file(dir.path).error() == "no regular file");
  CHECK(read_small_file(dir.path + "/none").error() == "no readable file");
}
