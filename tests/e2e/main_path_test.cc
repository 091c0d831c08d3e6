// The real binary, from the signed webhook to what the API shows.
#include <catch2/catch.hpp>

#include "tests/support/engine_process.h"

namespace hookswitch::test {

TEST_CASE("a signed conversation becomes a call, a KPI and an entry of the feed") {
  EngineProcess engine;
  engine.start();
  auto answer = engine.post_elevenlabs(fixture("elevenlabs/post_call_transcription.full.json"));
  REQUIRE(answer);
  REQUIRE(answer->status == 200);
  Json body = Json::parse(answer->body);
  REQUIRE(body["success"] == true);
  REQUIRE(body["message"] == "Call data logged successfully");
  REQUIRE(body["id"] == "1");
  REQUIRE(engine.settle());

  Json call = engine.api("/calls/conv_7401k5m9x2p8ec3rqv6dtnhb0fzw");
  REQUIRE(call["status"] == "completed");
  REQUIRE(engine.api("/calls")["data"].size() == 1);
  REQUIRE(engine.api("/activity")["data"].size() == 1);
  REQUIRE(!engine.api("/kpis?name=calls&period=day&from=2025-12-01&to=2026-01-01")["data"].empty());

  SECTION("a repeated delivery is answered 200 and changes nothing") {
    REQUIRE(engine.post_elevenlabs(fixture("elevenlabs/post_call_transcription.full.json"))->status == 200);
    REQUIRE(engine.settle());
    REQUIRE(engine.api("/activity")["data"].size() == 1);
    REQUIRE(engine.api("/calls/conv_7401k5m9x2p8ec3rqv6dtnhb0fzw")["status"] == "completed");
  }
  SECTION("it stops cleanly and has everything when it starts again") {
    REQUIRE(engine.stop() == 0);
    engine.start();
    REQUIRE(engine.api("/calls")["data"].size() == 1);
  }
}

TEST_CASE("what is not authentic is refused with 401 and leaves nothing") {
  EngineProcess engine;
  engine.start();
  std::string body = fixture("elevenlabs/post_call_transcription.docs.json");
  cli::HttpHeaders json{{"Content-Type", "application/json"}};
  REQUIRE(engine.post("/hooks/elevenlabs", json, body)->status == 401);
  cli::HttpHeaders forged = json;
  forged.emplace_back("ElevenLabs-Signature", elevenlabs_signature("wrong", body, now_secs()));
  REQUIRE(engine.post("/hooks/elevenlabs", forged, body)->status == 401);
  cli::HttpHeaders stale = json;
  stale.emplace_back("ElevenLabs-Signature", elevenlabs_signature(kElevenLabsSecret, body, now_secs() - 1900));
  REQUIRE(engine.post("/hooks/elevenlabs", stale, body)->status == 401);
  REQUIRE(engine.post("/hooks/nobody", json, body)->status == 404);
  REQUIRE(engine.api("/events")["data"].empty());
  auto metrics = cli::request("GET", engine.url("/metrics"), {}, "");
  REQUIRE(metrics->body.find("hookswitch_refused_total{reason=\"signature_mismatch\",source=\"elevenlabs\"} 1") !=
          std::string::npos);
}

TEST_CASE("a ringing call is answered in TwiML by a rule, and a repeated delivery with the same answer") {
  TempDir rules;
  EngineProcess engine("", rules.path());
  rules.write("greet.lua",
              "return { name = 'greet', on = 'call.incoming', handle = function(event, ctx)\n"
              "  ctx.reply { twiml = '<Response><Say>Hello</Say></Response>' } end }\n");
  engine.start();
  auto answer = engine.post_twilio(fixture("twilio/voice.inbound.form"), "voice");
  REQUIRE(answer);
  REQUIRE(answer->status == 200);
  REQUIRE(answer->content_type.find("xml") != std::string::npos);
  REQUIRE(answer->body.find("<Say>Hello</Say>") != std::string::npos);
  REQUIRE(engine.post_twilio(fixture("twilio/voice.inbound.form"), "voice")->body == answer->body);
}

TEST_CASE("while a slow rule stops the processor a ringing call gets the default answer at the deadline") {
  TempDir rules;
  EngineProcess engine("limits: {reply_deadline: 1s, rule_steps: 1000000000000}", rules.path());
  rules.write("slow.lua",
              "return { name = 'slow', on = 'message.received', handle = function() while true do end end }\n");
  engine.start();
  REQUIRE(engine.post_twilio(fixture("twilio/sms.inbound.form"), "sms")->status == 200);
  auto answer = engine.post_twilio(fixture("twilio/voice.inbound.form"), "voice");
  REQUIRE(answer->status == 200);
  REQUIRE(answer->body.find("<Response>") != std::string::npos);
  auto metrics = cli::request("GET", engine.url("/metrics"), {}, "");
  REQUIRE(metrics->body.find("hookswitch_default_replies_total{source=\"twilio\"} 2") != std::string::npos);
}

TEST_CASE("a webhook sent as GET is decoded from its query") {
  EngineProcess engine;
  engine.start();
  std::string target = "/hooks/twilio/status?" + fixture("twilio/voice.status.completed.form");
  cli::HttpHeaders headers{
      {"X-Twilio-Signature", twilio_signature(kTwilioToken, "https://calls.example.com" + target, "")}};
  REQUIRE(cli::request("GET", engine.url(target), headers, "")->status == 200);
  REQUIRE(engine.settle());
  REQUIRE(engine.api("/calls/CA00000000000000000000000000000000")["status"] == "completed");
}

TEST_CASE("a changed rule is used without a restart, and a broken one leaves the former in force") {
  TempDir rules;
  EngineProcess engine("", rules.path());
  auto greeting = [&](const std::string& word) {
    rules.write("greet.lua",
                "return { name = 'greet', on = 'call.incoming', handle = function(event, ctx)\n"
                "  ctx.reply { twiml = '<Response><Say>" +
                    word + "</Say></Response>' } end }\n");
  };
  greeting("one");
  engine.start();
  std::string first = engine.api("/rules")["version"];
  greeting("second");
  REQUIRE(eventually([&] { return engine.api("/rules")["version"] != first; }));
  rules.write("greet.lua", "return {");
  REQUIRE(eventually([&] { return !engine.api("/rules")["errors"].empty(); }));
  auto answer = engine.post_twilio(fixture("twilio/voice.inbound.form"), "voice");
  REQUIRE(answer->body.find("second") != std::string::npos);
}

TEST_CASE("a second engine on the same data is refused") {
  EngineProcess engine;
  engine.start();
  std::string out;
  REQUIRE(engine.run("serve", &out) == 1);
  REQUIRE(out.find("another engine uses this data directory") != std::string::npos);
}

TEST_CASE("tokens are made with and without a running engine, and open the API to their role only") {
  EngineProcess engine;
  std::string out;
  REQUIRE(engine.run("token create --role viewer", &out) == 0);
  std::string secret = out.substr(out.rfind("hs_"));
  secret.erase(secret.find_last_not_of('\n') + 1);
  engine.start();
  REQUIRE(engine.settle());
  cli::HttpHeaders viewer{{"Authorization", "Bearer " + secret}};
  REQUIRE(cli::request("GET", engine.url("/api/v1/calls"), viewer, "")->status == 200);
  REQUIRE(cli::request("POST", engine.url("/api/v1/dead/redrive"), viewer, "{\"all\":true}")->status == 403);
  REQUIRE(cli::request("GET", engine.url("/api/v1/calls"), {}, "")->status == 401);
  REQUIRE(engine.run("token create --role admin --name ops", &out) == 0);
  REQUIRE(engine.run("token list", &out) == 0);
  REQUIRE(out.find("ops") != std::string::npos);
}

TEST_CASE("the command line shows the log, a trace, the plugins and the status") {
  EngineProcess engine;
  engine.start();
  engine.post_elevenlabs(fixture("elevenlabs/post_call_transcription.full.json"));
  engine.post_elevenlabs("{\"type\": broken");
  REQUIRE(engine.settle());
  std::string out;
  REQUIRE(engine.run("events list", &out) == 0);
  REQUIRE(out.find("elevenlabs") != std::string::npos);
  REQUIRE(engine.run("trace 1", &out) == 0);
  REQUIRE(out.find("rule kpis") != std::string::npos);
  REQUIRE(engine.run("dead list", &out) == 0);
  REQUIRE(out.find("2.0") != std::string::npos);
  REQUIRE(engine.run("dead drop 2.0", &out) == 0);
  REQUIRE(engine.api("/dead")["data"].empty());
  REQUIRE(engine.run("plugins list", &out) == 0);
  REQUIRE(engine.run("status", &out) == 0);
  REQUIRE(engine.run("check", &out) == 0);
  REQUIRE(engine.run("nonsense", &out) == 2);
}

}  // namespace hookswitch::test
