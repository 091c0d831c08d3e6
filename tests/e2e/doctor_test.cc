// Refused deliveries with the real binary: the doctor names the setting, and redrives once it is right; a delivery
// saved as a fixture; a day of simulated calls.
#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/engine_process.h"

using namespace hookswitch;
using namespace hookswitch::test;

namespace {

const std::string kForm =
    "CallSid=CA5550000000000000000000000000a001&CallStatus=completed&From=%2B12125550123&To=%2B14155550199&Direction="
    "inbound&"
    "CallerName=Maria+Popescu&SequenceNumber=1";

/// Behind a proxy that names another host than the configured one.
int post_for(EngineProcess& engine, const std::string& signed_base) {
  auto answer =
      engine.post("/hooks/twilio/status",
                  {{"Content-Type", "application/x-www-form-urlencoded"},
                   {"X-Forwarded-Host", "phone.example.org"},
                   {"X-Twilio-Signature", twilio_signature(kTwilioToken, signed_base + "/hooks/twilio/status", kForm)}},
                  kForm);
  return answer ? answer->status : 0;
}

void set_public_url(EngineProcess& engine, const std::string& url) {
  std::string text = read_file(engine.config_file());
  size_t at = text.find("public_url: ");
  text.replace(at, text.find('\n', at) - at, "public_url: " + url);
  engine.dir().write("hookswitch.yaml", text);
}

}  // namespace

TEST_CASE("a wrong public_url is named by the doctor, and after it is changed the delivery is redriven") {
  EngineProcess engine;
  engine.start();
  CHECK(post_for(engine, "https://phone.example.org") == 401);
  std::string said;
  CHECK(engine.run("doctor twilio", &said) == 0);
  CHECK_THAT(said, Catch::Contains("set public_url to https://phone.example.org (it is https://calls.example.com)"));
  CHECK(engine.run("doctor --redrive", &said) == 1);
  CHECK_THAT(said, Catch::Contains("still refused: signature_mismatch"));
  CHECK(engine.stop() == 0);

  set_public_url(engine, "https://phone.example.org");
  engine.start();
  CHECK(engine.run("doctor --json", &said) == 0);
  Json rows = Json::parse(said)["data"];
  REQUIRE(rows.size() == 1);
  CHECK(rows[0]["accepted_now"] == true);
  CHECK(engine.run("doctor --redrive " + std::to_string(rows[0]["id"].get<int>()), &said) == 0);
  CHECK_THAT(said, Catch::Contains("1 redriven, 0 still refused"));
  REQUIRE(engine.settle());
  CHECK(engine.api("/calls/CA5550000000000000000000000000a001")["status"] == "completed");
  CHECK(engine.run("doctor", &said) == 0);
  CHECK_THAT(said, Catch::Contains("no delivery was refused lately"));
}

TEST_CASE("a delivery to a source that does not exist is kept with what was meant") {
  EngineProcess engine;
  engine.start();
  CHECK(engine.post("/hooks/twillio/status", {}, kForm)->status == 404);
  std::string said;
  CHECK(engine.run("doctor", &said) == 0);
  CHECK_THAT(said, Catch::Contains("There is no source twillio") && Catch::Contains("twilio?"));
  CHECK(engine.run("doctor twillio", &said) == 0);
  CHECK_THAT(said, Catch::Contains("There is no source twillio"));
}

TEST_CASE("a source that neither is configured nor was ever named by a delivery is told so") {
  EngineProcess engine;
  engine.start();
  std::string said;
  for (const char* verb : {"doctor elevenlab", "--json doctor elevenlab", "doctor elevenlab --redrive"}) {
    INFO(verb);
    CHECK(engine.run(verb, &said) == 1);
    CHECK_THAT(said, Catch::Contains("has no source of that name (did you mean elevenlabs?)"));
  }
  CHECK(engine.run("doctor elevenlabs", &said) == 0);
}

TEST_CASE("a delivery of the log becomes a masked fixture, or as it is when asked for") {
  EngineProcess engine;
  engine.start();
  REQUIRE(post_for(engine, "https://calls.example.com") == 200);
  REQUIRE(engine.settle());
  std::string dir = engine.dir().path() + "/fixtures", said;
  CHECK(engine.run("events save 1 done --dir " + dir, &said) == 0);
  std::string masked = read_file(dir + "/done.form");
  CHECK_THAT(masked, Catch::Contains("CallStatus=completed") && Catch::Contains("SequenceNumber=1"));
  CHECK_THAT(masked, Catch::Contains("To=%2B14155550199"));  // the tenant's own number
  for (const char* secret : {"Maria", "Popescu", "2125550123", "CA5550000000000000000000000000a001"}) {
    CHECK_THAT(masked, !Catch::Contains(secret));
  }
  Json meta = Json::parse(read_file(dir + "/done.meta.json"));
  CHECK(meta["source"] == "twilio");
  CHECK(meta["kind"] == "status");
  CHECK(meta["path"] == "/hooks/twilio/status");
  CHECK(engine.run("events save 1 raw --no-mask --dir " + dir, &said) == 0);
  CHECK(read_file(dir + "/raw.form") == kForm);
  CHECK(engine.run("events save 1 done --no-mask --dir " + dir, &said) == 1);
  CHECK_THAT(said, Catch::Contains("it is there already"));
  CHECK(read_file(dir + "/done.form") == masked);
  CHECK(engine.run("events save 1 done --no-mask --force --dir " + dir, &said) == 0);
  CHECK(read_file(dir + "/done.form") == kForm);
  CHECK(engine.run("events save 1 ../raw --dir " + dir, &said) == 1);
  CHECK(engine.run("events save 99 none --dir " + dir, &said) == 1);
}

TEST_CASE("a fixture keeps the numbers and agents that a source is configured with") {
  EngineProcess engine("", "", "http://127.0.0.1:9");
  engine.start();
  engine.post_twilio(
      "CallSid=CA5550000000000000000000000000a002&CallStatus=completed&From=whatsapp%3A%2B15551230000&"
      "To=%2B12125550123",
      "status");
  engine.post_elevenlabs(
      R"({"type":"post_call_transcription","event_timestamp":1766002500,"data":{"agent_id":"xyz","status":"done",)"
      R"("conversation_id":"conv_1","metadata":{"phone_call":{"phone_number_id":"phnum_1"}}}})");
  REQUIRE(engine.settle());
  std::string dir = engine.dir().path() + "/fixtures", said;
  CHECK(engine.run("events save 1 placed --dir " + dir, &said) == 0);
  CHECK(engine.run("events save 2 spoken --dir " + dir, &said) == 0);
  CHECK_THAT(read_file(dir + "/placed.form"),
             Catch::Contains("From=whatsapp%3A%2B15551230000&") && !Catch::Contains("2125550123"));
  Json data = Json::parse(read_file(dir + "/spoken.json"))["data"];
  CHECK(data["agent_id"] == "xyz");
  CHECK(data["metadata"]["phone_call"]["phone_number_id"] == "phnum_1");
  CHECK(data["conversation_id"] != "conv_1");
}

TEST_CASE("simulated calls are all accepted, understood, and counted once however often they come") {
  EngineProcess engine;
  engine.start();
  std::string said;
  CHECK(engine.run("simulate twilio,elevenlabs --calls 60 --seed 5 --duplicate 20% --reorder --json", &said) == 0);
  Json summary = Json::parse(said.substr(said.find('{')));
  CHECK(summary["by_status"].size() == 1);
  CHECK(summary["by_status"]["200"] == summary["sent"]);
  CHECK(summary["duplicates"] > 10);
  REQUIRE(engine.settle());
  CHECK(engine.api("/stats?from=2026-01-01T00:00:00Z")["calls"] == 60);
  CHECK(engine.api("/dead")["data"].empty());
  CHECK(engine.run("simulate twilio --drop 101%", &said) == 2);
  CHECK(engine.run("simulate nobody", &said) == 1);
}
