// What works on the data of a stopped service: run by root, without the secrets that only the service is given.
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <filesystem>

#include "tests/support/engine_process.h"

namespace hookswitch::test {
namespace {

namespace fs = std::filesystem;

constexpr uid_t kService = 65'534;  // whoever it is: not root

/// What below `dir` does not belong to the service.
std::vector<std::string> of_others(const std::string& dir) {
  std::vector<std::string> out;
  for (const auto& file : fs::recursive_directory_iterator(dir)) {
    struct stat info{};
    REQUIRE(::lstat(file.path().c_str(), &info) == 0);
    if (info.st_uid != kService) out.push_back(file.path().string());
  }
  return out;
}

void give_away(const std::string& dir) {
  REQUIRE(::chown(dir.c_str(), kService, kService) == 0);
  for (const auto& file : fs::recursive_directory_iterator(dir))
    REQUIRE(::lchown(file.path().c_str(), kService, kService) == 0);
}

/// An engine that has worked and was stopped, whose secrets have gone with it.
void work_and_stop(EngineProcess& engine) {
  std::string text = read_file(engine.config_file());
  const std::string token = std::string("auth_token: ") + kTwilioToken;
  text.replace(text.find(token), token.size(), "auth_token: ${file:" + engine.dir().path() + "/credential}");
  engine.dir().write("hookswitch.yaml", text);
  engine.dir().write("credential", kTwilioToken);
  engine.start();
  REQUIRE(engine.post_twilio(fixture("twilio/voice.status.completed.form"), "status")->status == 200);
  REQUIRE(engine.settle());
  REQUIRE(engine.stop() == 0);
  fs::remove(engine.dir().path() + "/credential");
}

}  // namespace

TEST_CASE("fsck, backup, rebuild and restore need no secret of a source") {
  EngineProcess engine;
  work_and_stop(engine);
  std::string out;
  const std::string backup = engine.dir().path() + "/backup", data = engine.dir().path() + "/data";
  CHECK(engine.run("fsck", &out) == 0);
  CHECK(out.find("credential") == std::string::npos);
  CHECK(engine.run("backup " + backup, &out) == 0);
  CHECK(engine.run("rebuild", &out) == 0);
  INFO(out);
  CHECK(out.find("found no readable file " + engine.dir().path() + "/credential") != std::string::npos);
  CHECK(out.find("1 records made 1 calls") != std::string::npos);
  CHECK(engine.run("restore --force " + backup, &out) == 0);
  CHECK(engine.run("check", &out) == 1);
}

TEST_CASE("what root rebuilds, restores or appends in a service's directory is the service's") {
  if (::geteuid() != 0) return;
  EngineProcess engine;
  work_and_stop(engine);
  std::string out;
  const std::string backup = engine.dir().path() + "/backup", data = engine.dir().path() + "/data";
  REQUIRE(engine.run("backup " + backup, &out) == 0);
  SECTION("rebuilt") {
    give_away(data);
    CHECK(engine.run("rebuild", &out) == 0);
  }
  SECTION("restored into an empty directory") {
    fs::remove_all(data);
    fs::create_directory(data);
    give_away(data);
    CHECK(engine.run("restore " + backup, &out) == 0);
    CHECK(fs::exists(data + "/alive"));
  }
  SECTION("a token made in an empty directory") {
    fs::remove_all(data);
    fs::create_directory(data);
    give_away(data);
    CHECK(engine.run("token create --role admin", &out) == 0);
    CHECK(fs::exists(data + "/log"));
  }
  INFO(out);
  CHECK(of_others(data) == std::vector<std::string>());
}

}  // namespace hookswitch::test
