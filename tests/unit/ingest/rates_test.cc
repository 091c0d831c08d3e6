// How often a source and its clients may come: 503, which providers try again.
#include "tests/unit/ingest/intake.h"

namespace hookswitch::test {
namespace {

const std::string kConversation = R"({"type":"post_call_transcription","event_timestamp":1,"data":{}})";

// Intake with bounds.
struct Bounded : Intake {
  explicit Bounded(Limited what, Rate rate) : limits(rules_of(what, rate), metrics, clock) {
    IngestOptions options{.public_url = "https://calls.example.com", .reply_deadline_ms = 1'000};
    options.rates = &limits;
    ingest = std::make_unique<Ingest>(std::move(options), routes, sources, log, blobs, answers, intake_metrics, clock);
  }
  static RateRules rules_of(Limited what, Rate rate) {
    RateRules rules;
    rules[what] = rate;
    return rules;
  }
  Response forged(const std::string& source, const std::string& peer, bool shared = false) {
    Request request = post("/hooks/" + source, {{"content-type", "application/json"}});
    request.peer = peer;
    request.peer_shared = shared;
    return answer(std::move(request), kConversation);
  }
  Response honest(const std::string& peer, bool shared = false) {
    Request request = signed_post("elevenlabs", "/hooks/elevenlabs", kConversation);
    request.peer = peer;
    request.peer_shared = shared;
    return answer(std::move(request), kConversation);
  }
  RateLimits limits;
};

}  // namespace

TEST_CASE("a client whose deliveries are refused again and again is told to come later") {
  Bounded intake(Limited::refused_webhooks, {.per_second = 0.5, .burst = 2});
  CHECK(intake.forged("elevenlabs", "203.0.113.9").status == 401);
  CHECK(intake.forged("elevenlabs", "203.0.113.9").status == 401);
  Response later = intake.forged("elevenlabs", "203.0.113.9");
  CHECK(later.status == 503);
  CHECK(later.headers.back() == std::pair<std::string, std::string>("Retry-After", "2"));
  CHECK(intake.counted("hookswitch_refused_total{reason=\"rate\",source=\"elevenlabs\"} 1"));
  // Neither other clients of the source nor the client's other sources are concerned.
  CHECK(intake.honest("203.0.113.10").status == 200);
  CHECK(intake.forged("twilio", "203.0.113.9").status != 503);
  intake.clock.advance_ms(2'000);
  CHECK(intake.honest("203.0.113.9").status == 200);
}

TEST_CASE("an honest delivery from an address that others share is never refused for what they sent") {
  Bounded intake(Limited::refused_webhooks, {.per_second = 0.1, .burst = 1});
  CHECK(intake.forged("elevenlabs", "10.0.0.1", true).status == 401);
  CHECK(intake.honest("10.0.0.1", true).status == 200);
}

TEST_CASE("what is not authentic comes no more often because its address may be shared") {
  Bounded intake(Limited::refused_webhooks, {.per_second = 0.1, .burst = 2});
  for (int i = 0; i < 2; ++i) CHECK(intake.forged("elevenlabs", "10.0.0.1", true).status == 401);
  for (int i = 0; i < 3; ++i) CHECK(intake.forged("elevenlabs", "10.0.0.1", true).status == 503);
  CHECK(intake.counted("hookswitch_refused_total{reason=\"rate\",source=\"elevenlabs\"} 3"));
  CHECK(intake.honest("10.0.0.1", true).status == 200);
}

TEST_CASE("a source that comes too often is told to come later") {
  Bounded intake(Limited::source, {.per_second = 1, .burst = 3});
  for (int i = 0; i < 3; ++i) CHECK(intake.honest("203.0.113.9").status == 200);
  CHECK(intake.honest("203.0.113.10").status == 503);
  CHECK(intake.log.records.size() == 3);
  intake.clock.advance_ms(1'000);
  CHECK(intake.honest("203.0.113.9").status == 200);
}

TEST_CASE("what is not authentic uses up nothing of what a source may send") {
  Bounded intake(Limited::source, {.per_second = 0.1, .burst = 2});
  for (int i = 0; i < 5; ++i) CHECK(intake.forged("elevenlabs", "203.0.113.9").status == 401);
  for (int i = 0; i < 2; ++i) CHECK(intake.honest("203.0.113.10").status == 200);
  CHECK(intake.forged("elevenlabs", "203.0.113.9").status == 503);
}

TEST_CASE("of deliveries on their way at once no more are taken than the source may send") {
  Bounded intake(Limited::source, {.per_second = 0.1, .burst = 1});
  auto first = std::make_shared<KeptAnswer>(), second = std::make_shared<KeptAnswer>();
  Request request = intake.signed_post("elevenlabs", "/hooks/elevenlabs", kConversation);
  auto one = intake.ingest->on_request(Request(request), first);
  auto other = intake.ingest->on_request(std::move(request), second);
  for (auto* receiver : {one.get(), other.get()}) {
    receiver->on_body(kConversation);
    receiver->on_complete();
  }
  REQUIRE((first->given && second->given));
  CHECK(first->given->status == 200);
  CHECK(second->given->status == 503);
  CHECK(intake.log.records.size() == 1);
}

}  // namespace hookswitch::test
