// The command line beside an engine that listens on https alone.
#include <signal.h>
#include <catch2/catch.hpp>

#include <filesystem>

#include "tests/support/certificate_files.h"
#include "tests/support/engine_process.h"

namespace hookswitch::test {
namespace {

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

class HttpsOnly {
 public:
  HttpsOnly() {
    certificate_.write("calls.example.com");
    std::string text = read_file(engine_.config_file());
    const std::string http = "http: 127.0.0.1:0";
    REQUIRE(says(text, http));
    text.replace(
        text.find(http), http.size(),
        "http: off, https: {address: 127.0.0.1:0, cert: " + certificate_.cert() + ", key: " + certificate_.key() + "}");
    engine_.dir().write("hookswitch.yaml", text);
    engine_.start();
  }
  EngineProcess& engine() { return engine_; }
  CertificateFiles& certificate() { return certificate_; }
  std::string token() const { return read_file(engine_.dir().path() + "/data/cli.token"); }

 private:
  CertificateFiles certificate_;
  EngineProcess engine_;
};

}  // namespace

TEST_CASE("verbs ask an engine that listens on https alone, whoever signed its certificate") {
  HttpsOnly only;
  std::string out;
  INFO(out);
  CHECK(only.engine().run("status", &out) == 0);
  CHECK(only.engine().run("token create --role viewer", &out) == 0);
  CHECK(only.engine().run("send elevenlabs " HOOKSWITCH_SOURCE_DIR
                          "/tests/fixtures/elevenlabs/post_call_transcription.full.json",
                          &out) == 0);
  CHECK(only.engine().run("simulate twilio --calls 2", &out) == 0);
}

TEST_CASE("verbs go on asking an engine whose certificate was replaced while it runs") {
  HttpsOnly only;
  const std::string before = only.token();
  only.certificate().write("calls.example.com");
  kill(only.engine().pid(), SIGHUP);
  REQUIRE(eventually([&] { return only.token() != before; }));
  std::string out;
  CHECK(only.engine().run("status", &out) == 0);
}

TEST_CASE("a replaced certificate that cannot be told to verbs at once is told as soon as it can be") {
  HttpsOnly only;
  const std::string before = only.token(), in_the_way = only.engine().dir().path() + "/data/cli.token.new";
  std::filesystem::create_directory(in_the_way);
  only.certificate().write("calls.example.com");
  kill(only.engine().pid(), SIGHUP);
  REQUIRE(eventually([&] { return says(only.engine().log_text(), "/data/cli.token: "); }));
  std::filesystem::remove(in_the_way);
  CHECK(eventually([&] { return only.token() != before; }));
  std::string out;
  CHECK(only.engine().run("status", &out) == 0);
}

TEST_CASE("a verb tells its token to nobody who has another key than the engine") {
  HttpsOnly only;
  std::string text = only.token();
  text.replace(text.rfind("sha256//"), std::string::npos, "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
  only.engine().dir().write("data/cli.token", text);
  std::string out;
  CHECK(only.engine().run("status", &out) == 1);
  CHECK(says(out, "does not match pinned public key"));
  CHECK(only.engine().run("send elevenlabs " HOOKSWITCH_SOURCE_DIR
                          "/tests/fixtures/elevenlabs/post_call_transcription.full.json",
                          &out) == 1);
}

}  // namespace hookswitch::test
