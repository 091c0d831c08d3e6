#include "engine/config/secrets.h"

#include <sys/stat.h>
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include "tests/unit/config/reading.h"

using namespace hookswitch;
using hookswitch::test::all;
using hookswitch::test::read;

namespace {

// A file with a secret, gone with the test.
class SecretFile {
 public:
  SecretFile(const std::string& text, mode_t mode)
      : path_(std::filesystem::temp_directory_path() / "hookswitch_secret_test") {
    std::ofstream(path_) << text;
    ::chmod(path_.c_str(), mode);
  }
  ~SecretFile() { std::filesystem::remove(path_); }
  std::string path() const { return path_; }

 private:
  std::filesystem::path path_;
};

ConfigReading read_secret(const std::string& secret, std::map<std::string, std::string> variables = {}) {
  return read("sources: {s: {provider: p, secret: " + secret + "}}", std::move(variables));
}

}  // namespace

TEST_CASE("a reference to the environment is replaced, also inside a text and a list") {
  auto reading = read_secret("['${env:A}', 'Bearer ${env:A}-${env:B}']", {{"A", "one"}, {"B", "007"}});
  REQUIRE(reading.ok());
  CHECK(reading.config.sources[0].settings["secret"] == Json::array({"one", "Bearer one-007"}));
}

TEST_CASE("a value from the environment stays a text whatever it looks like, and is not resolved again") {
  auto reading = read_secret("'${env:A}'", {{"A", "12345"}});
  CHECK(reading.config.sources[0].settings["secret"] == "12345");
  reading = read_secret("'${env:A}'", {{"A", "${env:B}"}});
  REQUIRE(reading.ok());
  CHECK(reading.config.sources[0].settings["secret"] == "${env:B}");
}

TEST_CASE("a missing variable is an error that names it and where it is wanted") {
  for (auto variables : {std::map<std::string, std::string>{}, {{"A", ""}}}) {
    auto reading = read_secret("'${env:A}'", variables);
    REQUIRE(reading.errors.size() == 1);
    CHECK(reading.errors[0] ==
          "test.yaml:1: sources.s.secret: found environment variable A not set, expected it to hold the value");
  }
}

TEST_CASE("a reference to a file reads it without its last line end") {
  SecretFile file("hunter2\n", 0600);
  auto reading = read_secret("'${file:" + file.path() + "}'");
  REQUIRE(reading.ok());
  CHECK(reading.warnings.empty());
  CHECK(reading.config.sources[0].settings["secret"] == "hunter2");
}

TEST_CASE("a file that others may read is a warning that does not show what is in it") {
  SecretFile file("hunter2", 0644);
  auto reading = read_secret("'${file:" + file.path() + "}'");
  CHECK(reading.ok());
  REQUIRE(reading.warnings.size() == 1);
  CHECK(reading.warnings[0].find("readable by others, expected mode 0600") != std::string::npos);
  CHECK(reading.warnings[0].find("hunter2") == std::string::npos);
}

TEST_CASE("a public key that others may read is as it should be") {
  SecretFile file("-----BEGIN PUBLIC KEY-----\n", 0644);
  CHECK(read_secret("'${file:" + file.path() + "}'").warnings.empty());
}

TEST_CASE("a file that is missing, no file or too large is an error that names it") {
  CHECK(all(read_secret("'${file:/nonexistent}'").errors).find("no readable file /nonexistent") != std::string::npos);
  CHECK(all(read_secret("'${file:/tmp}'").errors).find("no regular file /tmp") != std::string::npos);
  const std::string pipe = std::filesystem::temp_directory_path() / "hookswitch_secret_test_pipe";
  std::filesystem::remove(pipe);
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(all(read_secret("'${file:" + pipe + "}'").errors).find("no regular file " + pipe) != std::string::npos);
  std::filesystem::remove(pipe);
  SecretFile at_limit(std::string(limits::kSecretFileBytes, 'x'), 0600);
  CHECK(read_secret("'${file:" + at_limit.path() + "}'").ok());
  SecretFile over(std::string(limits::kSecretFileBytes + 1, 'x'), 0600);
  CHECK(all(read_secret("'${file:" + over.path() + "}'").errors).find("at most 65536 bytes") != std::string::npos);
}

TEST_CASE("a resolved value never shows in an error about it") {
  auto reading = read("sources: {}\nlog: {level: '${env:A}'}\nlimits: {body: '${env:A}'}", {{"A", "hunter2"}});
  CHECK(reading.errors.size() == 2);
  CHECK(all(reading.errors).find("hunter2") == std::string::npos);
}

TEST_CASE("a secret of nothing or of blanks is an error, wherever it comes from") {
  SecretFile blank(" \n", 0600);
  for (const std::string& secret : {std::string("''"), std::string("' '"), "'${file:" + blank.path() + "}'"}) {
    auto reading = read_secret(secret);
    INFO(secret << all(reading.errors));
    REQUIRE(reading.errors.size() == 1);
    CHECK(reading.errors[0].find("sources.s.secret: found an empty secret") != std::string::npos);
  }
  CHECK(all(read_secret("[good, ' ']").errors).find("sources.s.secret[1]: found an empty secret") != std::string::npos);
  auto sink = read("sources: {}\nsinks: {crm: {url: 'https://crm.example.com', secret: ''}}");
  REQUIRE(sink.errors.size() == 1);
  CHECK(sink.errors[0].find("sinks.crm.secret: found an empty secret") != std::string::npos);
}

TEST_CASE("a secret that stands in the file is a warning that does not show it") {
  auto reading = read_secret("hunter2");
  CHECK(reading.ok());
  REQUIRE(reading.warnings.size() == 1);
  CHECK(reading.warnings[0].find("sources.s.secret: found a secret in the file, expected ${env:NAME}") !=
        std::string::npos);
  CHECK(reading.warnings[0].find("hunter2") == std::string::npos);
  CHECK(read("sources: {s: {provider: p, initiation_secret: {header: h, value: hunter2}}}").warnings.size() == 1);
  CHECK(read("sources: {s: {provider: p, agent_id: agent_1}}").warnings.empty());
  CHECK(read_secret("'${env:A}'", {{"A", "hunter2"}}).warnings.empty());
}
