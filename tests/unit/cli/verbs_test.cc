// The command line as people and scripts use it: exit codes, JSON, standard input.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "tests/support/engine_process.h"
#include "tests/support/temp_dir.h"

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
                            "dead redrive",
                            "dead drop",
                            "trace -1",
                            "events show -1",
                            "events show 0",
                            "events save -1",
                            "eval 1 --event -1",
                            "eval 1 --event 1 --index -1",
                            "replay --limit -1",
                            "simulate twilio --rate nan",
                            "simulate twilio --rate inf",
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

TEST_CASE("a number that is too small is refused with the least that is taken") {
  EngineProcess engine;
  std::string out;
  CHECK(engine.run("trace 0", &out) == 2);
  CHECK(says(out, "found 0, expected a number above 0"));
  CHECK(engine.run("replay --limit -1", &out) == 2);
  CHECK(says(out, "found -1, expected a number "));
}

TEST_CASE("simulated deliveries are written into a new or an empty directory only") {
  EngineProcess engine;
  TempDir dir;
  const std::string verb = "simulate twilio --calls 2 --seed 1 --out " + dir.path();
  std::string out;
  CHECK(engine.run(verb, &out) == 0);
  CHECK(engine.run(verb, &out) == 1);
  CHECK(says(out, "something is there, expected a new or an empty directory"));
}

TEST_CASE("a word that is no verb is named, with those there are and the one that may be meant") {
  EngineProcess engine;
  struct Case {
    const char *arguments, *word, *expected;
  };
  for (const Case& each : {Case{"bogus", "no verb \"bogus\"", "expected one of serve check"},
                           Case{"statsu --json", "no verb \"statsu\"", "(did you mean status?)"},
                           Case{"dead bogus", "no verb \"bogus\"", "expected one of list show redrive drop"},
                           Case{"--bogus", "no option \"--bogus\"", "expected one of"}}) {
    std::string out;
    INFO(each.arguments);
    CHECK(engine.run(each.arguments, &out) == 2);
    INFO(out);
    CHECK(says(out, each.word));
    CHECK(says(out, each.expected));
    CHECK(!says(out, "plugin-host"));
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

TEST_CASE("check reads the files that the configuration names, and refuses those that serve could not use") {
  EngineProcess engine("outbound: {ca_file: /nowhere/ca.pem}");
  std::string out;
  CHECK(engine.run("check", &out) == 1);
  CHECK(says(out, "outbound.ca_file: found no certificates to read in /nowhere/ca.pem, expected PEM"));

  EngineProcess tls;
  std::string text = read_file(tls.config_file());
  const std::string http = "http: 127.0.0.1:0";
  REQUIRE(text.find(http) != std::string::npos);
  text.replace(text.find(http), http.size(),
               http + ", https: {address: 127.0.0.1:0, cert: /nowhere/cert.pem, key: /nowhere/key.pem}");
  tls.dir().write("hookswitch.yaml", text);
  for (const char* verb : {"check", "serve"}) {
    INFO(verb);
    CHECK(tls.run(verb, &out) == 1);
    CHECK(says(out, "read the certificate /nowhere/cert.pem"));
  }
}

TEST_CASE("a provider that is to be isolated and that nobody has is a warning in check and at the start") {
  EngineProcess engine;
  std::string text = read_file(engine.config_file());
  const size_t line = text.find("plugins: {");
  REQUIRE(line != std::string::npos);
  text.replace(line, text.find('\n', line) - line,
               "plugins: {dir: " HOOKSWITCH_BINARY_DIR "/plugins, isolation: {elevnlabs: process}}");
  engine.dir().write("hookswitch.yaml", text);
  const std::string warning = "plugins.isolation.elevnlabs: found no such provider (did you mean elevenlabs?)";
  std::string out;
  CHECK(engine.run("check", &out) == 0);
  CHECK(says(out, warning));
  engine.start();
  CHECK(says(engine.log_text(), warning));
}

TEST_CASE("a dead letter is listed with the type of its event") {
  TempDir rules;
  rules.write(
      "strict.lua",
      "return { name = 'strict', on = 'conversation.ended', handle = function(event, ctx) ctx.fail('no') end }");
  EngineProcess engine("", rules.path());
  engine.start();
  std::string out;
  REQUIRE(engine.run("send elevenlabs " + fixture_file("elevenlabs/post_call_transcription.docs.json"), &out) == 0);
  REQUIRE(engine.settle());
  REQUIRE(engine.run("dead list", &out) == 0);
  INFO(out);
  CHECK(says(out, "conversation.ended"));
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

TEST_CASE("what a rule says cannot look like another line or speak to the terminal") {
  TempDir rules;
  rules.write("loud.lua", R"(return { name = "loud", on = "conversation.ended", handle = function(_, ctx)
  ctx.log("one\nerror FORGED \27[31m")
  ctx.fail("two\n1.0 FORGED \27[31m")
end })");
  EngineProcess engine("", rules.path());
  engine.start();
  engine.post_elevenlabs(read_file(fixture_file("elevenlabs/post_call_transcription.docs.json")));
  REQUIRE(engine.settle());
  std::string out;
  CHECK(engine.run("dead list", &out) == 0);
  INFO(out);
  CHECK(says(out, "two\\n1.0 FORGED \\x1b[31m"));
  CHECK(!says(out, "\x1b"));
  CHECK(says(engine.log_text(), "one\\nerror FORGED \\x1b[31m"));
  CHECK(!says(engine.log_text(), "\nerror FORGED"));
}

TEST_CASE("an event that was made up tells about its call like one of a provider") {
  EngineProcess engine;
  engine.start();
  const std::string made = R"(--type conversation.ended --data '{"from":"+13105551234",)"
                           R"("external_ids":{"conversation_id":"c9"}}')";
  std::string out;
  CHECK(engine.run("eval 'ctx.call.from, event.source' " + made, &out) == 0);
  CHECK(out == "\"+13105551234\"\n\"elevenlabs\"\n");
  CHECK(engine.run("eval event.source " + made + " --source twilio", &out) == 0);
  CHECK(out == "\"twilio\"\n");
  CHECK(engine.run("eval event.source --type twilio.price", &out) == 0);
  CHECK(out == "\"twilio\"\n");
  CHECK(engine.run("eval event.source --type timer.x", &out) == 0);
  CHECK(!says(out, "elevenlabs"));
}

TEST_CASE("what people asked for is shown, traced and tried like any other event") {
  EngineProcess engine;
  engine.start();
  REQUIRE(engine.api_post("/tasks", {{"to", "+40721234567"}, {"tenant", "B1/L1"}, {"due_at", "2099-01-01T10:00:00Z"}})
              ->status == 201);
  REQUIRE(engine.settle());
  const std::string seq = dump(engine.api("/events?kind=command")["data"][0]["seq"]);
  CHECK(engine.api("/events/" + seq)["events"][0]["type"] == "command.task.create");
  CHECK(engine.api("/events/" + seq)["headers"][":checked"] == "1");
  for (const char* rules : {"then", "now"})
    CHECK(engine.api("/events/" + seq + "/trace?rules=" + rules)["events"][0]["type"] == "command.task.create");
  std::string out;
  CHECK(engine.run("eval 'event.type, event.data.body.tenant' --event " + seq, &out) == 0);
  CHECK(out == "\"command.task.create\"\n\"B1/L1\"\n");
  REQUIRE(engine.api_post("/dead/redrive", {{"all", true}})->status == 200);
  REQUIRE(engine.settle());
  CHECK(engine.run("eval 1 --event " + dump(engine.api("/events?kind=command")["data"][0]["seq"]), &out) != 0);
  CHECK(says(out, "dead.redrive"));
}

TEST_CASE("the version is printed") {
  EngineProcess engine;
  std::string out;
  CHECK(engine.run("--version", &out) == 0);
  CHECK(says(out, "."));
}

}  // namespace hookswitch::test
