// What intake answers, stores and counts for each way a delivery may come.
#include "engine/base/json.h"
#include "engine/ingest/ack.h"
#include "tests/unit/ingest/intake.h"

namespace hookswitch::test {
namespace {

const std::string kConversation = R"({"type":"post_call_transcription","event_timestamp":1,"data":{}})";
const std::string kStatus = "AccountSid=AC0&CallSid=CA1&CallStatus=completed";
const std::string kRinging = "AccountSid=AC0&CallSid=CA1&CallStatus=ringing&Direction=inbound";

std::string header(const Response& response, const std::string& name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "";
}

std::string large(size_t bytes) {
  return R"({"type":"post_call_audio","data":{"full_audio":")" + std::string(bytes, 'A') + "\"}}";
}

}  // namespace

TEST_CASE("a source's counters can be read before anything has come") {
  Metrics metrics;
  ManualClock clock{0};
  IntakeMetrics intake(metrics, clock);
  intake.expect("twilio");
  for (const char* line : {"hookswitch_accepted_total{source=\"twilio\"} 0\n",
                           "hookswitch_refused_total{reason=\"missing_signature\",source=\"twilio\"} 0\n",
                           "hookswitch_refused_total{reason=\"signature_mismatch\",source=\"twilio\"} 0\n"}) {
    CHECK_THAT(metrics.text(), Catch::Contains(line));
  }
}

TEST_CASE("an answer is valid JSON whatever a plugin's message holds") {
  CHECK(Json::parse(accepted(7, "a\"b\n\xff").body)["message"] == "a\"b\n\xEF\xBF\xBD");
}

TEST_CASE("a signed delivery is stored as it came and answered with its sequence") {
  Intake intake;
  Response answer = intake.answer(intake.signed_post("elevenlabs", "/hooks/elevenlabs", kConversation), kConversation);
  REQUIRE(answer.status == 200);
  Json said = Json::parse(answer.body);
  REQUIRE(said["success"] == true);
  REQUIRE(said["id"] == "1");
  REQUIRE(intake.log.records.size() == 1);
  const NewRecord& record = intake.log.records[0];
  REQUIRE(record.source == "elevenlabs");
  REQUIRE(record.body == kConversation);
  REQUIRE(record.time_ms == intake.clock.now_ms());
  REQUIRE(record.headers[0] == std::pair<std::string, std::string>(":path", "/hooks/elevenlabs"));
  REQUIRE(intake.counted("hookswitch_accepted_total{source=\"elevenlabs\"} 1"));
}

TEST_CASE("the path's kind and query are kept, a header that decoding does not need is not") {
  Intake intake;
  Request request = intake.signed_post("twilio", "/hooks/twilio/status?a=b", kStatus);
  request.headers.emplace_back("authorization", "Bearer of secrets");
  request.headers.emplace_back("user-agent", "TwilioProxy/1.1");
  REQUIRE(intake.answer(std::move(request), kStatus).status == 200);
  Json kept = intake.log.records.at(0).headers;
  REQUIRE(kept.dump().find("secrets") == std::string::npos);
  REQUIRE(kept[0] == Json({":path", "/hooks/twilio/status"}));
  REQUIRE(kept[1] == Json({":query", "a=b"}));
  REQUIRE(kept[2] == Json({":kind", "status"}));
  REQUIRE(kept.dump().find("TwilioProxy") != std::string::npos);
}

TEST_CASE("an extra path leads to its source, and only webhook paths are intake's") {
  Intake intake;
  REQUIRE(intake.answer(intake.signed_post("elevenlabs", "/api/calls", kConversation), kConversation).status == 200);
  REQUIRE(intake.ingest->serves("/api/calls"));
  REQUIRE(intake.ingest->serves("/hooks/nobody"));
  REQUIRE_FALSE(intake.ingest->serves("/api/calls/"));
  REQUIRE_FALSE(intake.ingest->serves("/api/v1/calls"));
  REQUIRE_FALSE(intake.ingest->serves("/hooks"));
}

TEST_CASE("every refusal has its status and is counted with its reason") {
  struct Case {
    const char* what;
    HeaderList headers;
    int status;
    const char *source, *reason, *path;
  };
  const HeaderList json{{"content-type", "application/json"}};
  const std::vector<Case> cases{
      {"unsigned", json, 401, "elevenlabs", "missing_signature", "/hooks/elevenlabs"},
      {"forged",
       {json[0], {"elevenlabs-signature", "t=1766100000,v0=00"}},
       401,
       "elevenlabs",
       "signature_mismatch",
       "/hooks/elevenlabs"},
      {"stale", {json[0], {"elevenlabs-signature", "t=1766098199,v0=00"}}, 401, "elevenlabs", "", "/hooks/elevenlabs"},
      {"no signature at all in it",
       {json[0], {"elevenlabs-signature", "x"}},
       401,
       "elevenlabs",
       "malformed_signature",
       "/hooks/elevenlabs"},
      {"wrong type", {{"content-type", "text/plain"}}, 415, "twilio", "wrong_content_type", "/hooks/twilio/status"},
      {"unsigned form",
       {{"content-type", "application/x-www-form-urlencoded"}},
       401,
       "twilio",
       "missing_signature",
       "/hooks/twilio"},
      {"no such source", json, 404, "", "unknown_source", "/hooks/nobody"},
  };
  for (const Case& each : cases) {
    INFO(each.what);
    Intake intake;
    Response answer = intake.answer(post(each.path, each.headers), "{}");
    CHECK(answer.status == each.status);
    CHECK(Json::parse(answer.body)["success"] == false);
    CHECK(intake.log.records.empty());
    if (*each.reason == '\0') continue;
    CHECK(intake.counted("hookswitch_refused_total{reason=\"" + std::string(each.reason) + "\",source=\"" +
                         each.source + "\"} 1"));
  }
}

TEST_CASE("the sender of what is not authentic is not told why") {
  Intake intake;
  Response answer = intake.answer(post("/hooks/elevenlabs", {{"content-type", "application/json"}}), "{}");
  REQUIRE(Json::parse(answer.body)["error"] == "not_authentic");
  REQUIRE(answer.body.find("missing") == std::string::npos);
}

TEST_CASE("another method than POST and GET is refused with 405 and the ones that work") {
  Intake intake;
  Request request = post("/hooks/twilio", {});
  request.method = "PUT";
  Response answer = intake.answer(std::move(request));
  REQUIRE(answer.status == 405);
  REQUIRE(header(answer, "Allow") == "GET, POST");
  REQUIRE(intake.counted("hookswitch_refused_total{reason=\"method\",source=\"twilio\"} 1"));
}

TEST_CASE("what cannot be accepted now is answered 503 with Retry-After, counted, and may be sent again") {
  struct Case {
    ObedientLog::Mood mood;
    bool accepting;
    const char* reason;
  };
  auto each = GENERATE(Case{ObedientLog::Mood::is_full, true, "queue_full"},
                       Case{ObedientLog::Mood::fails, true, "store"}, Case{ObedientLog::Mood::stores, false, "lag"});
  Intake intake;
  intake.log.mood = each.mood;
  intake.accepting = each.accepting;
  Request request = intake.signed_post("elevenlabs", "/hooks/elevenlabs", kConversation);
  Response answer = intake.answer(Request(request), kConversation);
  REQUIRE(answer.status == 503);
  REQUIRE(!header(answer, "Retry-After").empty());
  REQUIRE(
      intake.counted("hookswitch_refused_total{reason=\"" + std::string(each.reason) + "\",source=\"elevenlabs\"} 1"));
  intake.log.mood = ObedientLog::Mood::stores;
  intake.accepting = true;
  REQUIRE(intake.answer(std::move(request), kConversation).status == 200);
}

TEST_CASE("a configured source whose plugin is not loaded is answered 503 with Retry-After until it is") {
  Intake intake;
  Request request = post("/hooks/twilio_late/status", {{"content-type", "application/x-www-form-urlencoded"}});
  Response answer = intake.answer(Request(request), "CallSid=CA1");
  CHECK(answer.status == 503);
  CHECK(!header(answer, "Retry-After").empty());
  CHECK(intake.counted("hookswitch_refused_total{reason=\"no_provider\",source=\"twilio_late\"} 1"));
  auto source = intake.providers.create_source("twilio_late", "twilio", R"({"auth_token":"t"})");
  REQUIRE(source);
  intake.sources.put(*source);
  CHECK(intake.answer(std::move(request), "CallSid=CA1").status == 401);
}

TEST_CASE("a body up to the bound is kept in the record, a larger one in a blob, whatever pieces it comes in") {
  Intake intake;
  size_t around = large(0).size();
  size_t extra = GENERATE(size_t{0}, size_t{1}, size_t{3'000'000});
  std::string body = large(limits::kInlineBodyBytes - around + extra);
  for (size_t piece : {size_t{1'000}, size_t{65'536}, body.size()}) {
    auto exchange = intake.ask(intake.signed_post("elevenlabs", "/hooks/elevenlabs", body), body, piece);
    REQUIRE(exchange->given);
    REQUIRE(exchange->given->status == 200);
    const NewRecord& record = intake.log.records.back();
    REQUIRE(record.body == (extra == 0 ? body : ""));
    REQUIRE(record.blob.empty() == (extra == 0));
    if (extra == 0) continue;
    REQUIRE(record.blob_bytes == body.size());
    REQUIRE(intake.blobs.last == body);
  }
}

TEST_CASE("a large body that cannot be stored is answered 503 and counted, at whatever step it fails") {
  auto fails = GENERATE(ObedientBlobs::Fails::create, ObedientBlobs::Fails::write, ObedientBlobs::Fails::finish);
  Intake intake;
  intake.blobs.fails = fails;
  std::string body = large(2 * limits::kInlineBodyBytes);
  Request request = intake.signed_post("elevenlabs", "/hooks/elevenlabs", body);
  Response answer = intake.answer(Request(request), body);
  REQUIRE(answer.status == 503);
  REQUIRE(!header(answer, "Retry-After").empty());
  REQUIRE(intake.counted("hookswitch_refused_total{reason=\"store\",source=\"elevenlabs\"} 1"));
  intake.blobs.fails = ObedientBlobs::Fails::never;
  REQUIRE(intake.answer(std::move(request), body).status == 200);
}

TEST_CASE("a large body that is not authentic leaves no record") {
  Intake intake;
  std::string body = large(2 * limits::kInlineBodyBytes);
  Request request = intake.signed_post("elevenlabs", "/hooks/elevenlabs", body);
  body.back() = ' ';
  REQUIRE(intake.answer(std::move(request), body).status == 401);
  REQUIRE(intake.log.records.empty());
}

TEST_CASE("a body too large for a provider that signs its parts is refused with 413") {
  Intake intake;
  std::string body = "Body=" + std::string(limits::kInlineBodyBytes, 'x');
  REQUIRE(intake.answer(intake.signed_post("twilio", "/hooks/twilio", body), body).status == 413);
  REQUIRE(intake.counted("hookswitch_refused_total{reason=\"too_large\",source=\"twilio\"} 1"));
}

TEST_CASE("a client that goes away in the middle of the body leaves nothing") {
  Intake intake;
  auto exchange = std::make_shared<KeptAnswer>();
  auto receiver = intake.ingest->on_request(intake.signed_post("twilio", "/hooks/twilio", kStatus), exchange);
  receiver->on_body("CallSid");
  receiver->on_abort();
  REQUIRE(!exchange->given);
  REQUIRE(intake.log.records.empty());
}

TEST_CASE("a ringing call waits for the answer that rules decide") {
  Intake intake;
  auto exchange = intake.ask(intake.signed_post("twilio", "/hooks/twilio/voice", kRinging), kRinging);
  REQUIRE(!exchange->given);
  intake.answers.offer(1, {200, "text/xml", "<Response><Hangup/></Response>"});
  REQUIRE(exchange->given);
  REQUIRE(exchange->given->body == "<Response><Hangup/></Response>");
}

TEST_CASE("when no rule answers in time, the source's default is that of the whole request") {
  struct Case {
    const char* path;
    const char* form;
    const char* twiml;
  };
  const Case cases[] = {{"/hooks/twilio/voice", kRinging.c_str(), "<Response><Reject reason=\"busy\"/></Response>"},
                        {"/hooks/twilio", kRinging.c_str(), "<Response><Reject reason=\"busy\"/></Response>"},
                        {"/hooks/twilio", "AccountSid=AC0&CallSid=CA1&CallStatus=in-progress&Direction=inbound",
                         "<Response><Hangup/></Response>"}};
  for (const Case& each : cases) {
    INFO(each.path << " " << each.form);
    Intake intake;
    auto ending = std::make_unique<Answers>(intake.clock);  // whoever waits at its end has waited too long
    Ingest ingest({.public_url = "https://calls.example.com", .reply_deadline_ms = 1'000}, intake.routes,
                  intake.sources, intake.log, intake.blobs, *ending, intake.intake_metrics, intake.clock);
    auto exchange = std::make_shared<KeptAnswer>();
    auto receiver = ingest.on_request(intake.signed_post("twilio", each.path, each.form), exchange);
    receiver->on_body(each.form);
    receiver->on_complete();
    REQUIRE(!exchange->given);
    ending.reset();
    REQUIRE(exchange->given);
    CHECK(exchange->given->body == each.twiml);
    CHECK(header(*exchange->given, "Content-Type") == "text/xml");
  }
}

TEST_CASE("a greeting is asked for with a secret header only") {
  Intake intake;
  const std::string body = R"({"caller_id":"+1","agent_id":"a","called_number":"+2","call_sid":"CA1"})";
  HeaderList headers{{"content-type", "application/json"}};
  REQUIRE(intake.answer(post("/hooks/elevenlabs/initiation", headers), body).status == 401);
  headers.emplace_back("x-greeting", "g");
  REQUIRE(!intake.ask(post("/hooks/elevenlabs/initiation", headers), body)->given);
  REQUIRE(intake.log.records.size() == 1);
}

TEST_CASE("a flood of refusals makes one line a second for each source, and every one is counted") {
  Intake intake;
  for (int i = 0; i < 50; ++i) {
    intake.answer(post("/hooks/elevenlabs", {{"content-type", "application/json"}}), "{}");
  }
  REQUIRE(intake.counted("hookswitch_refused_total{reason=\"missing_signature\",source=\"elevenlabs\"} 50"));
}

}  // namespace hookswitch::test
