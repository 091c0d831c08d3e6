// The command line as people and scripts use it: exit codes, JSON, standard input.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "tests/support/engine_process.h"

namespace hookswitch::test {
namespace {

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string fixture_file(const std::string& name) { return HOOKSWITCH_SOURCE_DIR "/tests/fixtures/" + name; }

}  // namespace

TEST_CASE("every verb has help with an example, and exits 0") {
  EngineProcess engine;
  for (const char* verb : {"serve", "check", "send", "simulate", "events", "dead", "tasks", "campaigns", "trace",
                           "token", "plugins", "status"}) {
    std::string out;
    INFO(verb);
    CHECK(engine.run(fmt::format("{} --help", verb), &out) == 0);
    CHECK(says(out, "Example"));
  }
}

TEST_CASE("bad usage exits 2 and says what was expected") {
  EngineProcess engine;
  for (const char* wrong : {"",
                            "nonsense",
                            "serve --fast",
                            "send",
                            "send twilio",
                            "token",
                            "token create",
                            "token create --role king",
                            "trace",
                            "send twilio FILE --repeat 0",
                            "send twilio FILE --repeat many",
                            "trace -1",
                            "events show -1",
                            "events show 0",
                            "events save -1",
                            "eval 1 --event -1",
                            "eval 1 --event 1 --index -1",
                            "replay --limit -1",
                            "restore FROM --to-seq -1",
                            "restore FROM --to-seq 0",
                            "token create --role viewer --name 'no good'",
                            "token create --role viewer --tenant ''",
                            "token create --role viewer --tenant="}) {
    std::string out;
    INFO(wrong);
    CHECK(engine.run(wrong, &out) == 2);
    CHECK(!out.empty());
  }
}

TEST_CASE("a verb that asks a running engine exits 1 and says so when none runs") {
  EngineProcess engine;
  for (const char* verb : {"status", "dead list", "token list", "token revoke x"}) {
    std::string out;
    INFO(verb);
    CHECK(engine.run(verb, &out) == 1);
    CHECK(says(out, "engine"));
  }
}

TEST_CASE("check finds nothing wrong with what is right, and says every fault at once, also as JSON") {
  EngineProcess engine;
  std::string out;
  CHECK(engine.run("check", &out) == 0);
  CHECK(says(out, "all good"));

  TempDir rules;
  EngineProcess wrong("retentoin: {log: 30d}\nlimits: {body: much}", rules.path());
  rules.write("bad.lua", "return {\n");
  CHECK(wrong.run("--json check", &out) == 1);
  Json said = Json::parse(out);
  INFO(out);
  CHECK(said["errors"].size() == 3);
  for (const char* part : {"retention", "much", "bad.lua:"}) CHECK(says(out, part));
}

TEST_CASE("send signs a file or standard input as the provider would, as often as it is told") {
  EngineProcess engine;
  engine.start();
  std::string out;
  CHECK(engine.run("send elevenlabs " + fixture_file("elevenlabs/post_call_transcription.docs.json"), &out) == 0);
  CHECK(says(out, "200"));
  CHECK(engine.run("send twilio - --kind status < " + fixture_file("twilio/voice.status.completed.form"), &out) == 0);
  CHECK(engine.run("--json send twilio " + fixture_file("twilio/voice.status.busy.form") + " --kind status --repeat 3",
                   &out) == 0);
  REQUIRE(engine.settle());
  CHECK(engine.api("/events")["data"].size() == 5);
  CHECK(engine.api("/calls")["data"].size() == 3);
  CHECK(engine.api("/dead")["data"].empty());
}

TEST_CASE("send as JSON prints the answer, and a refused delivery exits 1") {
  EngineProcess engine;
  engine.start();
  std::string out, file = fixture_file("elevenlabs/post_call_audio.json");
  CHECK(engine.run("--json send elevenlabs " + file, &out) == 0);
  CHECK(Json::parse(out)["status"] == 200);
  CHECK(engine.run("send elevenlabs " + file + " --url " + engine.url("/hooks/nobody"), &out) == 1);
  CHECK(says(out, "404"));
  CHECK(engine.run("send nobody " + file, &out) == 1);
  CHECK(says(out, "nobody"));
  CHECK(engine.run("send elevenlabs /nowhere/file.json", &out) == 1);
  CHECK(says(out, "/nowhere/file.json"));
  CHECK(engine.run("send elevenlabs " + engine.dir().path(), &out) == 1);
  CHECK(engine.run("send elevenlabs " + file + " --url calls.example.com", &out) == 1);
  CHECK(says(out, "scheme"));
}

TEST_CASE("a token works until it is revoked, and only a hash of it is kept") {
  EngineProcess engine;
  engine.start();
  std::string out;
  REQUIRE(engine.run("--json token create --role viewer --name chart", &out) == 0);
  Json made = Json::parse(out);
  std::string secret = made["token"], id = made["id"];
  cli::HttpHeaders bearer{{"Authorization", "Bearer " + secret}};
  auto status = [&] { return cli::request("GET", engine.url("/api/v1/calls"), bearer, "")->status; };
  CHECK(status() == 200);
  REQUIRE(engine.run("--json token list", &out) == 0);
  CHECK(says(out, id));
  CHECK(!says(out, secret));
  CHECK(!says(engine.log_text(), secret));
  CHECK(engine.run("token revoke " + id, &out) == 0);
  CHECK(status() == 401);
  CHECK(engine.run("token revoke nobody_1", &out) == 1);
}

TEST_CASE("a token of a tenant that is not configured is made with a warning") {
  EngineProcess engine;
  std::string out;
  CHECK(engine.run("token create --role viewer --tenant B1/L9", &out) == 0);
  CHECK(says(out, "found no tenant \"B1/L9\" in the configuration"));
  CHECK(engine.run("token create --role viewer --tenant B1/L1", &out) == 0);
  CHECK(!says(out, "found no tenant"));
}

TEST_CASE("what asks a running engine prints JSON when asked to") {
  EngineProcess engine;
  engine.start();
  engine.post_elevenlabs("{\"type\": broken");
  REQUIRE(engine.settle());
  for (const char* verb : {"status", "events list", "events show 1", "dead list", "dead show 1.0", "plugins list"}) {
    std::string out;
    INFO(verb);
    CHECK(engine.run(fmt::format("--json {}", verb), &out) == 0);
    INFO(out);
    CHECK(!Json::parse(out, nullptr, false).is_discarded());
  }
  std::string out;
  CHECK(engine.run("trace 99", &out) == 1);
  CHECK(engine.run("dead show 99.0", &out) == 1);
  CHECK(engine.run("events show 99", &out) == 1);
}

TEST_CASE("the version is printed") {
  EngineProcess engine;
  std::string out;
  CHECK(engine.run("--version", &out) == 0);
  CHECK(says(out, "."));
}

}  // namespace hookswitch::test
