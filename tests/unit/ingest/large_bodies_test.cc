// Large bodies on their way in: what they may cost before anybody knows who sent them.
#include "engine/base/json.h"
#include "tests/unit/ingest/intake.h"

namespace hookswitch::test {
namespace {

constexpr size_t kLarge = 2 * limits::kInlineBodyBytes;

std::string large(size_t bytes) {
  return R"({"type":"post_call_audio","data":{"full_audio":")" + std::string(bytes, 'A') + "\"}}";
}

/// Intake whose disk and bound a test decides about.
struct Bounded : Intake {
  explicit Bounded(uint64_t unverified_bytes = kUnverifiedBytes, uint64_t unverified_in_memory = kUnverifiedInMemory) {
    IngestOptions options{.public_url = "https://calls.example.com", .reply_deadline_ms = 1'000};
    options.disk_low = [this] { return disk_low; };
    options.unverified_bytes = unverified_bytes;
    options.unverified_in_memory = unverified_in_memory;
    ingest = std::make_unique<Ingest>(std::move(options), routes, sources, log, blobs, answers, intake_metrics, clock);
  }
  bool disk_low = false;
};

/// A delivery whose body comes when the test says so.
struct Slow {
  Slow(Intake& intake, const std::string& body)
      : exchange(std::make_shared<KeptAnswer>()),
        receiver(intake.ingest->on_request(intake.signed_post("elevenlabs", "/hooks/elevenlabs", body), exchange)) {}
  int status() const { return exchange->given ? exchange->given->status : 0; }

  std::shared_ptr<KeptAnswer> exchange;
  std::unique_ptr<Receiver> receiver;
};

}  // namespace

TEST_CASE("a large body that comes byte by byte is written in large pieces, whole") {
  Intake intake;
  const std::string body = large(limits::kInlineBodyBytes + 300'000);
  auto exchange = intake.ask(intake.signed_post("elevenlabs", "/hooks/elevenlabs", body), body, 1);
  REQUIRE(exchange->given);
  CHECK(exchange->given->status == 200);
  CHECK(intake.blobs.last == body);
  CHECK(intake.blobs.writes <= 6);
}

TEST_CASE("a large body that its headers condemn is refused before any of it is written") {
  const HeaderList json{{"content-type", "application/json"}};
  struct Case {
    const char* what;
    HeaderList headers;
    int status;
    const char* reason;
  };
  const std::vector<Case> cases{
      {"unsigned", json, 401, "missing_signature"},
      {"malformed", {json[0], {"elevenlabs-signature", "x"}}, 401, "malformed_signature"},
      {"stale", {json[0], {"elevenlabs-signature", "t=1766000000,v0=00"}}, 401, "timestamp_too_old"},
      {"of the future", {json[0], {"elevenlabs-signature", "t=1866100000,v0=00"}}, 401, "timestamp_in_future"},
      {"of another type", {{"content-type", "text/plain"}}, 415, "wrong_content_type"}};
  for (const Case& each : cases) {
    INFO(each.what);
    Intake intake;
    auto exchange = std::make_shared<KeptAnswer>();
    auto receiver = intake.ingest->on_request(post("/hooks/elevenlabs", each.headers), exchange);
    receiver->on_body(std::string(kLarge, 'x'));
    REQUIRE(exchange->given);
    CHECK(exchange->given->status == each.status);
    receiver->on_body(std::string(kLarge, 'x'));
    receiver->on_complete();
    CHECK(intake.blobs.writers == 0);
    CHECK(intake.counted("hookswitch_refused_total{reason=\"" + std::string(each.reason) +
                         "\",source=\"elevenlabs\"} 1"));
  }
}

TEST_CASE("a disk that fills up while a body comes in refuses the rest of it, and the body may be sent again") {
  Bounded intake;
  const std::string body = large(kLarge);
  Slow slow(intake, body);
  slow.receiver->on_body(std::string_view(body).substr(0, body.size() - 100'000));
  CHECK(slow.status() == 0);
  intake.disk_low = true;
  slow.receiver->on_body(std::string_view(body).substr(body.size() - 100'000));
  CHECK(slow.status() == 503);
  CHECK(intake.counted("hookswitch_refused_total{reason=\"disk\",source=\"elevenlabs\"} 1"));
  intake.disk_low = false;
  CHECK(intake.answer(intake.signed_post("elevenlabs", "/hooks/elevenlabs", body), body).status == 200);
}

TEST_CASE("bodies that nobody vouches for yet take no more of the disk together than is allowed") {
  const std::string body = large(kLarge);
  Bounded intake(body.size() + kLarge / 2);
  Slow first(intake, body), second(intake, body), third(intake, body);
  first.receiver->on_body(body);
  CHECK(first.status() == 0);
  second.receiver->on_body(body);
  CHECK(second.status() == 503);
  CHECK(intake.counted("hookswitch_refused_total{reason=\"unverified\",source=\"elevenlabs\"} 1"));
  // One that is whole, and one that went away, give room to others.
  first.receiver->on_complete();
  CHECK(first.status() == 200);
  third.receiver->on_body(body);
  CHECK(third.status() == 0);
  third.receiver->on_abort();
  CHECK(intake.answer(intake.signed_post("elevenlabs", "/hooks/elevenlabs", body), body).status == 200);
  CHECK(intake.log.records.size() == 2);
}

TEST_CASE("bodies that wait in memory for their rest take no more of it together than is allowed") {
  const std::string body = large(600'000);
  Bounded intake(kUnverifiedBytes, 700'000);
  const std::string_view most = std::string_view(body).substr(0, body.size() - 1);
  Slow first(intake, body), second(intake, body), third(intake, body);
  first.receiver->on_body(most);
  CHECK(first.status() == 0);
  second.receiver->on_body(most);
  CHECK(second.status() == 503);
  CHECK(intake.counted("hookswitch_refused_total{reason=\"unverified\",source=\"elevenlabs\"} 1"));
  // A small one is taken all the same.
  const std::string small = large(1'000);
  CHECK(intake.answer(intake.signed_post("elevenlabs", "/hooks/elevenlabs", small), small).status == 200);
  first.receiver->on_body("}");
  first.receiver->on_complete();
  CHECK(first.status() == 200);
  third.receiver->on_body(most);
  CHECK(third.status() == 0);
  third.receiver->on_abort();
  // What moves to the disk gives its memory back.
  Slow fourth(intake, body), fifth(intake, body);
  const std::string longer = large(kLarge);
  fourth.receiver->on_body(most);
  fourth.receiver->on_body(longer);
  CHECK(intake.blobs.writers == 1);
  fifth.receiver->on_body(most);
  CHECK(fifth.status() == 0);
}

TEST_CASE("a body that is too long to be kept for finding out why is refused by its headers at once, also in memory") {
  const HeaderList json{{"content-type", "application/json"}};
  for (size_t bytes : {limits::kRefusalBodyBytes, limits::kRefusalBodyBytes + 1}) {
    Intake intake;
    auto exchange = std::make_shared<KeptAnswer>();
    auto receiver = intake.ingest->on_request(post("/hooks/elevenlabs", json), exchange);
    receiver->on_body(std::string(bytes, 'x'));
    CHECK(exchange->given.has_value() == (bytes > limits::kRefusalBodyBytes));
    if (exchange->given) CHECK(exchange->given->status == 401);
    receiver->on_complete();
    CHECK(exchange->given->status == 401);
    CHECK(intake.counted("hookswitch_refused_total{reason=\"missing_signature\",source=\"elevenlabs\"} 1"));
  }
}

}  // namespace hookswitch::test
