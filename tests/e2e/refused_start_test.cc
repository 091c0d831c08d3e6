// What an operator may get wrong before the engine runs: each is said in one line with its place, and nothing starts.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "tests/support/engine_process.h"

namespace hookswitch::test {
namespace {

namespace fs = std::filesystem;

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// A configuration of one's own; %DIR% is the directory.
struct Configured {
  explicit Configured(std::string text) {
    for (size_t at; (at = text.find("%DIR%")) != std::string::npos;) text.replace(at, 5, dir.path());
    file = dir.write("own.yaml", text);
  }
  int run(const std::string& verb, std::string* out) const {
    std::string to = dir.path() + "/out";
    int status = std::system(
        fmt::format("timeout 20 {}/hookswitch -c {} {} > {} 2>&1", HOOKSWITCH_BINARY_DIR, file, verb, to).c_str());
    *out = read_file(to);
    return WEXITSTATUS(status);
  }
  TempDir dir;
  std::string file;
};

std::string conversation(int n) {
  return fmt::format(
      R"({{"type":"post_call_transcription","event_timestamp":1739537297,"data":{{"conversation_id":"conv_{}",)"
      R"("status":"done","metadata":{{"start_time_unix_secs":1739537297}}}}}})",
      n);
}

constexpr const char* kSource = "sources: {a: {provider: example, secret: s}}\n";
constexpr const char* kHead = "listen: {http: 127.0.0.1:0}\ndata_dir: %DIR%/data\n";

}  // namespace

TEST_CASE("a configuration that is wrong is refused by serve and check alike, each fault with its line") {
  struct Case {
    const char *text, *place, *words;
  };
  const std::vector<Case> cases{
      {"data_dri: data\n", "own.yaml:3:", "data_dir"},
      {"limits: {bodyy: 1MiB}\n", "own.yaml:3:", "body"},
      {"sources:\n  a: {provider: twilio, auth_token: \"${env:HOOKSWITCH_TEST_UNSET}\"}\n",
       "own.yaml:4:", "HOOKSWITCH_TEST_UNSET"},
      {"sources:\n  a: {provider: twilio, auth_token: \"${file:/nowhere/secret}\"}\n",
       "own.yaml:4:", "/nowhere/secret"},
      {"routes:\n  - {path: /a, source: x}\n", "own.yaml:4:", "x"},
      {"sources: {x: {provider: example, secret: s}}\nroutes:\n  - {path: /a, source: x}\n  - {path: /a, source: x}\n",
       "own.yaml:6:", "/a"},
      {"limits: {reply_deadline: soon}\n", "own.yaml:3:", "soon"},
      {"tenants:\n  - {id: T, timezone: Mars/Olympus}\n", "own.yaml:4:", "Mars/Olympus"},
      {"rules: [\n", "own.yaml:", ""},
  };
  for (const Case& each : cases) {
    Configured configured(std::string(kHead) + each.text);
    for (const char* verb : {"serve", "check"}) {
      std::string out;
      INFO(verb << " " << each.text);
      CHECK(configured.run(verb, &out) == 1);
      INFO(out);
      CHECK(says(out, each.place));
      CHECK(says(out, each.words));
    }
    CHECK(!fs::exists(configured.dir.path() + "/data"));
  }
}

TEST_CASE("all faults of a configuration are said at once") {
  Configured configured(std::string(kHead) + "data_dri: data\nlimits: {bodyy: 1MiB}\nlisten_to: me\n");
  std::string out;
  CHECK(configured.run("serve", &out) == 1);
  INFO(out);
  CHECK(says(out, "data_dri"));
  CHECK(says(out, "bodyy"));
  CHECK(says(out, "listen_to"));
}

TEST_CASE("a configuration that is not there is named") {
  Configured configured("");
  fs::remove(configured.file);
  std::string out;
  CHECK(configured.run("serve", &out) == 1);
  CHECK(says(out, configured.file));
}

TEST_CASE("a secret never appears in what a refused start prints") {
  Configured configured(std::string(kHead) +
                        "sources:\n  a: {provider: twilio, auth_token: topsecret, unknown_key: 1}\n");
  std::string out;
  configured.run("check", &out);
  CHECK(!says(out, "topsecret"));
}

TEST_CASE("a data directory that cannot be made is refused by name") {
  Configured configured(fmt::format("listen: {{http: 127.0.0.1:0}}\ndata_dir: %DIR%/own.yaml/data\n{}", kSource));
  std::string out;
  CHECK(configured.run("serve", &out) == 1);
  INFO(out);
  CHECK(says(out, configured.dir.path() + "/own.yaml/data"));
}

TEST_CASE("a data directory that others own is refused by name") {
  if (geteuid() == 0) {
    WARN("skipped: root may write everywhere");
    return;
  }
  Configured configured(fmt::format("listen: {{http: 127.0.0.1:0}}\ndata_dir: %DIR%/locked/data\n{}", kSource));
  fs::create_directory(configured.dir.path() + "/locked");
  chmod((configured.dir.path() + "/locked").c_str(), 0500);
  std::string out;
  CHECK(configured.run("serve", &out) == 1);
  CHECK(says(out, "locked/data"));
}

TEST_CASE("a rule with a syntax error keeps the engine from starting and says file and line") {
  TempDir rules;
  EngineProcess engine("", rules.path());
  rules.write("bad.lua", "return {\n  name = 'bad' on = 1\n}\n");
  std::string out;
  CHECK(engine.run("serve", &out) == 1);
  INFO(out);
  CHECK(says(out, "bad.lua:2"));
}

TEST_CASE("a log that is missing, emptied or older than the state keeps the engine from starting") {
  EngineProcess engine;
  engine.start();
  REQUIRE(engine.post_elevenlabs(conversation(1))->status == 200);
  REQUIRE(engine.settle());
  REQUIRE(engine.stop() == 0);
  const std::string log = engine.dir().path() + "/data/log";
  fs::copy(log, engine.dir().path() + "/older");
  engine.start();
  REQUIRE(engine.post_elevenlabs(conversation(2))->status == 200);
  REQUIRE(engine.settle());
  const auto last = engine.api("/status")["log"]["last_seq"].get<uint64_t>();
  REQUIRE(engine.stop() == 0);
  fs::rename(log, engine.dir().path() + "/newest");
  for (const char* with : {"nothing", "an empty file", "an older log"}) {
    INFO(with);
    fs::remove_all(log);
    if (with == std::string("an empty file")) engine.dir().write("data/log/data.mdb", "");
    if (with == std::string("an older log")) fs::copy(engine.dir().path() + "/older", log);
    std::string out;
    CHECK(engine.run("serve", &out) == 1);
    INFO(out);
    CHECK(says(out, fmt::format("processed record {}", last)));
    CHECK(says(out, "hookswitch restore"));
    CHECK(engine.run("rebuild", &out) == 1);
    CHECK(says(out, "hookswitch restore"));
  }
  fs::remove_all(log);
  fs::rename(engine.dir().path() + "/newest", log);
  engine.start();
  CHECK(engine.api("/calls/conv_2").contains("id"));
}

TEST_CASE("a state that was lost keeps the engine from starting, and rebuild makes it anew") {
  EngineProcess engine;
  engine.start();
  for (int n : {1, 2}) {
    REQUIRE(engine.post_elevenlabs(conversation(n))->status == 200);
    REQUIRE(engine.settle());
  }
  REQUIRE(engine.stop() == 0);
  engine.start();  // however short the first run was
  REQUIRE(engine.post_elevenlabs(conversation(3))->status == 200);
  REQUIRE(engine.settle());
  REQUIRE(engine.stop() == 0);
  fs::remove_all(engine.dir().path() + "/data/state");
  std::string out;
  for (int twice = 0; twice < 2; ++twice) {
    CHECK(engine.run("serve", &out) == 1);
    INFO(out);
    CHECK(says(out, "the state was lost; `hookswitch rebuild`"));
    CHECK(engine.run("fsck", &out) == 1);
    CHECK(says(out, "the state was lost"));
  }
  CHECK(engine.run("rebuild", &out) == 0);
  engine.start();
  CHECK(engine.api("/calls/conv_3").contains("id"));
}

TEST_CASE("an address in use is refused by name") {
  EngineProcess engine;
  engine.start();
  Configured second(
      fmt::format("listen: {{http: 127.0.0.1:{}}}\ndata_dir: %DIR%/data\nrules: {{dir: {}}}\n"
                  "plugins: {{dir: {}/plugins}}\n{}",
                  engine.port(), engine.rules_dir(), HOOKSWITCH_BINARY_DIR, kSource));
  std::string out;
  CHECK(second.run("serve", &out) == 1);
  INFO(out);
  CHECK(says(out, std::to_string(engine.port())));
}

}  // namespace hookswitch::test
