// For each way in which an authentic delivery is refused, the doctor names the setting, or says that none would help.
#include "engine/doctor/diagnosis.h"

#include <catch2/catch.hpp>

#include "engine/base/limits.h"
#include "engine/http/refusal.h"
#include "engine/workbench/difference.h"
#include "tests/unit/doctor/clinic.h"

using namespace hookswitch;
using namespace hookswitch::test;

namespace {

const std::string kBody =
    R"({"type":"post_call_transcription","event_timestamp":1767600000,"data":{"n":"Zoë","u":"a/b"}})";

// What the doctor names has no second meaning elsewhere.
static_assert(!std::is_same_v<ChangedPart, Aspect> && !std::is_same_v<RefusedDelivery, Refusal>);

Diagnosis ask(const Clinic& clinic, const RefusedDelivery& refusal) { return diagnose(refusal, clinic.around()); }

void set_header(RefusedDelivery& refusal, const std::string& name, const std::string& value) {
  std::erase_if(refusal.headers, [&](const auto& header) { return header.first == name; });
  if (!value.empty()) refusal.headers.emplace_back(name, value);
}

}  // namespace

TEST_CASE("what would be accepted now is said to be") {
  Clinic clinic;
  CHECK(ask(clinic, clinic.twilio("https://hooks.example.com/hooks/twilio/status")).accepted_now);
  CHECK(ask(clinic, clinic.elevenlabs(kBody)).accepted_now);
}

TEST_CASE("a wrong public_url is named with the value it should have") {
  Clinic clinic;
  struct Case {
    std::string signed_for, target, value;
  };
  for (const Case& each : std::vector<Case>{
           {"http://hooks.example.com/hooks/twilio/status", "/hooks/twilio/status", "http://hooks.example.com"},
           {"https://calls.example.org/hooks/twilio/status", "/hooks/twilio/status", "https://calls.example.org"},
           {"http://calls.example.org:8080/hooks/twilio/status", "/hooks/twilio/status",
            "http://calls.example.org:8080"},
           {"https://calls.example.org/hooks/twilio/status?a=1", "/hooks/twilio/status?a=1",
            "https://calls.example.org"}}) {
    Diagnosis found = ask(clinic, clinic.twilio(each.signed_for, each.target));
    INFO(each.signed_for << ": " << found.advice);
    CHECK(found.found);
    CHECK_FALSE(found.accepted_now);
    CHECK(found.setting == "public_url");
    CHECK(found.value == each.value);
    CHECK_THAT(found.advice, Catch::Contains("set public_url to " + each.value));
  }
}

TEST_CASE("a query that was written anew on the way, in another order or with other blanks, is recognized") {
  Clinic clinic;
  struct Case {
    std::string sent, arrived;
  };
  for (const Case& each : std::vector<Case>{{"b=1&a=2", "a=2&b=1"},
                                            {"d=1&b=2&c&a=4", "a=4&b=2&c&d=1"},
                                            {"a=x+y+z", "a=x%20y%20z"}}) {
    const std::string path = "/hooks/twilio/status?";
    Diagnosis found = ask(clinic, clinic.twilio("https://hooks.example.com" + path + each.sent, path + each.arrived));
    INFO(each.sent << ": " << found.advice);
    CHECK(found.found);
    CHECK(found.setting.empty());
    CHECK_THAT(found.advice, Catch::Contains("query was changed on the way"));
  }
}

TEST_CASE("blanks and line ends that were copied with a secret are told, on our side and on theirs") {
  const RefusedDelivery sent = Clinic("secret_one").elevenlabs(kBody);
  for (const char* copied : {"secret_one\r", " secret_one ", "secret_one\n"}) {
    Diagnosis found = ask(Clinic(copied), sent);
    INFO(found.advice);
    CHECK(found.setting == "sources.elevenlabs.webhook_secret");
    CHECK(found.value.empty());
    CHECK_THAT(found.advice, Catch::Contains("blanks and line ends around sources.elevenlabs.webhook_secret") &&
                                 !Catch::Contains("secret_one"));
  }
  Diagnosis theirs = ask(Clinic("secret_one"), Clinic("secret_one\n").elevenlabs(kBody));
  CHECK_THAT(theirs.advice, Catch::Contains("a line end behind it: enter the secret at the provider without one"));
}

TEST_CASE("what a proxy says about the address is believed when the signature agrees") {
  Clinic clinic;
  RefusedDelivery refusal = clinic.twilio("https://front.example.net/voice/hooks/twilio/status");
  set_header(refusal, "host", "127.0.0.1:8080");
  set_header(refusal, "x-forwarded-host", "front.example.net, inner");
  set_header(refusal, "x-forwarded-prefix", "/voice/");
  CHECK(ask(clinic, refusal).value == "https://front.example.net/voice");
  RefusedDelivery standard = clinic.twilio("http://front.example.net/hooks/twilio/status");
  set_header(standard, "host", "127.0.0.1:8080");
  set_header(standard, "forwarded", "for=1.2.3.4;host=front.example.net;proto=http");
  CHECK(ask(clinic, standard).value == "http://front.example.net");
}

TEST_CASE("a path or slash that was changed on the way is no setting, and both paths are named") {
  Clinic clinic;
  Diagnosis slash = ask(clinic, clinic.twilio("https://hooks.example.com/hooks/twilio/status/"));
  CHECK(slash.found);
  CHECK(slash.setting.empty());
  CHECK_THAT(slash.advice,
             Catch::Contains("signed for the path /hooks/twilio/status/ and arrived at /hooks/twilio/status"));
  Diagnosis route = ask(clinic, clinic.twilio("https://hooks.example.com/calls/status"));
  CHECK_THAT(route.advice, Catch::Contains("signed for the path /calls/status"));
  RefusedDelivery rewritten = clinic.twilio("https://hooks.example.com/webhooks/v2/twilio");
  set_header(rewritten, "x-original-uri", "/webhooks/v2/twilio");
  CHECK_THAT(ask(clinic, rewritten).advice, Catch::Contains("signed for the path /webhooks/v2/twilio"));
  Diagnosis query =
      ask(clinic, clinic.twilio("https://hooks.example.com/hooks/twilio/status", "/hooks/twilio/status?x=1"));
  CHECK_THAT(query.advice, Catch::Contains("query was changed on the way"));
}

TEST_CASE("another source's secret is named by the setting that would need it, never by its value") {
  Clinic clinic;
  RefusedDelivery twilio = clinic.delivery("other_twilio", "https://hooks.example.com/hooks/twilio/status",
                                           "/hooks/twilio/status", "application/x-www-form-urlencoded", "CallSid=CA1");
  twilio.source = "twilio";
  Diagnosis found = ask(clinic, twilio);
  CHECK(found.setting == "sources.twilio.auth_token");
  CHECK(found.value.empty());
  CHECK_THAT(found.advice, Catch::Contains("signed with the auth_token of source other_twilio"));
  CHECK_THAT(found.advice, !Catch::Contains("token_two"));
  RefusedDelivery voice = clinic.delivery("other_voice", "https://x/y", "/hooks/elevenlabs", "application/json", kBody);
  voice.source = "elevenlabs";
  CHECK(ask(clinic, voice).setting == "sources.elevenlabs.webhook_secret");
}

TEST_CASE("two things at once are found too: another account behind another address") {
  Clinic clinic;
  RefusedDelivery refusal = clinic.delivery("other_twilio", "https://calls.example.org/hooks/twilio/status",
                                            "/hooks/twilio/status", "application/x-www-form-urlencoded", "CallSid=CA1");
  refusal.source = "twilio";
  Diagnosis found = ask(clinic, refusal);
  CHECK(found.found);
  CHECK_THAT(found.advice, Catch::Contains("https://calls.example.org") && Catch::Contains("other_twilio"));
}

TEST_CASE("a delivery of another provider is sent where it belongs") {
  Clinic clinic;
  RefusedDelivery refusal = clinic.elevenlabs(kBody);
  refusal.source = "twilio";
  refusal.target = "/hooks/twilio/status";
  refusal.kind = "status";
  Diagnosis found = ask(clinic, refusal);
  CHECK(found.found);
  CHECK_THAT(found.advice,
             Catch::Contains("authentic for source elevenlabs") && Catch::Contains("/hooks/twilio/status"));
  set_header(refusal, "elevenlabs-signature", "t=1767600000,v0=00");
  Diagnosis foreign = ask(clinic, refusal);
  CHECK_FALSE(foreign.found);
  CHECK_THAT(foreign.advice,
             Catch::Contains("looks like a delivery of elevenlabs, whose secret none of the sources has."));
}

TEST_CASE("of a delivery that signs its address, a wrong secret is not told where the address may be the wrong one") {
  Clinic clinic;
  RefusedDelivery refusal = clinic.twilio("https://hooks.example.com/hooks/twilio/status", "/hooks/elevenlabs");
  refusal.source = "elevenlabs";
  Diagnosis found = ask(clinic, refusal);
  INFO(found.advice);
  CHECK_FALSE(found.found);
  CHECK_THAT(found.advice, Catch::Contains("looks like a delivery of twilio, for another address than this one or "));
}

TEST_CASE("a clock that is off is told by its seconds, with the setting that would bear it") {
  Clinic clinic;
  Diagnosis late = ask(clinic, clinic.elevenlabs(kBody, kArrivedMs - 7'200'000));
  CHECK(late.setting == "sources.elevenlabs.tolerance_secs");
  CHECK(late.value == "7260");
  CHECK_THAT(late.advice, Catch::Contains("signed 7200 s before it arrived"));
  Diagnosis early = ask(clinic, clinic.elevenlabs(kBody, kArrivedMs + 600'000));
  CHECK(early.setting == "sources.elevenlabs.future_secs");
  CHECK_THAT(early.advice, Catch::Contains("set the clock right"));
  Diagnosis ancient = ask(clinic, clinic.elevenlabs(kBody, kArrivedMs - 200'000'000));
  CHECK(ancient.found);
  CHECK(ancient.setting.empty());
}

TEST_CASE("a body that was changed on the way is recognized, whatever changed it") {
  Clinic clinic;
  RefusedDelivery sent = clinic.elevenlabs(kBody);
  Json value = Json::parse(kBody);
  struct Case {
    std::string arrived, how;
  };
  std::string pretty = nlohmann::ordered_json::parse(kBody).dump(2);
  std::string ascii = nlohmann::ordered_json::parse(kBody).dump(-1, ' ', true);
  for (const Case& each : std::vector<Case>{{kBody + "\n", "a line end was added"},
                                            {"\xEF\xBB\xBF" + kBody, "a byte order mark was added"},
                                            {pretty, "its JSON was read and written anew"},
                                            {ascii, "its JSON was read and written anew"}}) {
    RefusedDelivery refusal = sent;
    refusal.body = each.arrived;
    refusal.body_bytes = each.arrived.size();
    Diagnosis found = ask(clinic, refusal);
    INFO(found.advice);
    CHECK(found.found);
    CHECK(found.setting.empty());
    CHECK_THAT(found.advice, Catch::Contains(each.how));
  }
  std::string python = R"({"type": "x", "data": {"a": [1, 2], "b": "c: d, \"e\""}})";
  RefusedDelivery spaced = clinic.elevenlabs(python);
  spaced.body = nlohmann::ordered_json::parse(python).dump();
  spaced.body_bytes = spaced.body.size();
  CHECK(ask(clinic, spaced).found);
}

TEST_CASE("the type under which a body would be authentic is named, also of a form that became JSON") {
  Clinic clinic;
  RefusedDelivery refusal = clinic.twilio("https://hooks.example.com/hooks/twilio/status");
  set_header(refusal, "content-type", "text/plain");
  Diagnosis found = ask(clinic, refusal);
  CHECK_THAT(found.advice, Catch::Contains("came as text/plain") && Catch::Contains("x-www-form-urlencoded"));
  set_header(refusal, "content-type", "application/json");
  refusal.body = R"({"CallSid":"CA1","CallStatus":"ringing","From":"+12125550100"})";
  refusal.body_bytes = refusal.body.size();
  CHECK_THAT(ask(clinic, refusal).advice, Catch::Contains("form was turned into JSON"));
}

TEST_CASE(
    "a forgery and a missing signature stay refused, with the setting that the plugin names and the headers that "
    "came") {
  Clinic clinic;
  RefusedDelivery forged = clinic.elevenlabs(kBody);
  set_header(forged, "elevenlabs-signature", "t=1767600000,v0=" + std::string(64, '0'));
  Diagnosis found = ask(clinic, forged);
  CHECK_FALSE(found.found);
  CHECK(found.setting == "sources.elevenlabs.webhook_secret");
  CHECK_THAT(found.advice, Catch::Contains("No setting that was tried accepts it"));
  RefusedDelivery bare = clinic.twilio("https://hooks.example.com/hooks/twilio/status");
  set_header(bare, "x-twilio-signature", "");
  bare.other_headers = {"authorization"};
  CHECK_THAT(ask(clinic, bare).advice,
             Catch::Contains("authorization") && Catch::Contains("does a proxy take one away"));
}

TEST_CASE("a source that does not exist is told with the one that was meant") {
  Clinic clinic;
  RefusedDelivery refusal{.source = "twillio", .code = "unknown_source", .target = "/hooks/twillio/voice"};
  CHECK_THAT(ask(clinic, refusal).advice, Catch::Contains("no source twillio") && Catch::Contains("twilio?"));
  refusal.body_bytes = 260;
  CHECK_THAT(ask(clinic, refusal).advice, Catch::Contains("its body is not kept"));
}

TEST_CASE("of what came for a source before it existed no cause is told: its body is not kept") {
  Clinic clinic;
  RefusedDelivery refusal = clinic.elevenlabs(kBody);
  refusal.body.clear();
  refusal.code = "unknown_source";
  refusal.reason = "there is no such source";
  Diagnosis found = ask(clinic, refusal);
  CHECK_FALSE(found.found);
  CHECK(found.setting.empty());
  CHECK(found.advice == "Its body is not kept: there was no source elevenlabs when it came.");
}

TEST_CASE("a large body and a hostile one are examined within bounds") {
  Clinic clinic;
  RefusedDelivery large = clinic.elevenlabs("{\"a\":\"" + std::string(limits::kRefusalBodyBytes - 10, 'x') + "\"}");
  set_header(large, "elevenlabs-signature", "t=1767600000,v0=" + std::string(64, '0'));
  CHECK_FALSE(ask(clinic, large).found);
  RefusedDelivery cut = clinic.elevenlabs(kBody);
  cut.body.clear();
  cut.body_bytes = limits::kRefusalBodyBytes + 1;
  cut.reason = "its signature is 400 s old";
  CHECK(ask(clinic, cut).advice == "Its body was too large to be kept, so nothing could be tried. It was refused: "
                                   "its signature is 400 s old.");
  RefusedDelivery hostile = clinic.twilio("https://hooks.example.com/hooks/twilio/status");
  set_header(hostile, "x-twilio-signature", std::string(30'000, '='));
  set_header(hostile, "x-forwarded-host", std::string(30'000, ','));
  set_header(hostile, "forwarded", "host=\"");
  hostile.body = std::string(5'000, '[') + "\xFF\xC3";
  hostile.body_bytes = hostile.body.size();
  CHECK_FALSE(ask(clinic, hostile).found);
}

TEST_CASE("JSON nested very deep is not written anew: it would take the stack, and indented all memory") {
  Clinic clinic;
  const size_t depth = limits::kRefusalBodyBytes / 4;
  RefusedDelivery deep = clinic.elevenlabs(std::string(depth, '[') + std::string(depth, ']'));
  set_header(deep, "elevenlabs-signature", "t=1767600000,v0=" + std::string(64, '0'));
  CHECK_FALSE(ask(clinic, deep).found);
}
