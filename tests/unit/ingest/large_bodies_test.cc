// Large bodies on their way in: what they may cost before anybody knows who sent them.
#include <malloc.h>

#include "engine/base/json.h"
#include "tests/unit/ingest/intake.h"

namespace hookswitch::test {
namespace {

constexpr size_t kLarge = 2 * limits::kInlineBodyBytes;

std::string large(size_t bytes) {
  return R"({"type":"post_call_audio","data":{"full_audio":")" + std::string(bytes, 'A') + "\"}}";
}

/// What bodies may take that nobody vouches for yet: together, and one client.
struct Bound {
  uint64_t all = kUnverifiedBytes, each = kUnverifiedBytes;
};

/// Intake whose disk and bounds a test decides about.
struct Bounded : Intake {
  explicit Bounded(Bound disk = {}, Bound memory = {}) {
    IngestOptions options{.public_url = "https://calls.example.com", .reply_deadline_ms = 1'000};
    options.disk_low = [this] { return disk_low; };
    options.unverified_bytes = disk.all;
    options.unverified_bytes_each = disk.each;
    options.unverified_in_memory = memory.all;
    options.unverified_in_memory_each = memory.each;
    ingest = std::make_unique<Ingest>(std::move(options), routes, sources, log, blobs, answers, intake_metrics, clock);
  }
  bool disk_low = false;
};

/// A delivery whose body comes when the test says so.
struct Slow {
  Slow(Intake& intake, Request request)
      : exchange(std::make_shared<KeptAnswer>()),
        receiver(intake.ingest->on_request(std::move(request), exchange)) {}
  Slow(Intake& intake, const std::string& body)
      : Slow(intake, intake.signed_post("elevenlabs", "/hooks/elevenlabs", body)) {}
  int status() const { return exchange->given ? exchange->given->status : 0; }

  std::shared_ptr<KeptAnswer> exchange;
  std::unique_ptr<Receiver> receiver;
};

Request from(const std::string& peer, Request request, bool shared = false) {
  request.peer = peer;
  request.peer_shared = shared;
  return request;
}

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
  Bounded intake({.all = body.size() + kLarge / 2});
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

TEST_CASE("bodies that wait for their rest where memory has no more room for them wait on the disk") {
  const std::string body = large(600'000);
  Bounded intake({}, {.all = 700'000});
  const std::string_view most = std::string_view(body).substr(0, body.size() - 1);
  Slow first(intake, body), second(intake, body), third(intake, body);
  first.receiver->on_body(most);
  CHECK(intake.blobs.writers == 0);
  second.receiver->on_body(most);
  CHECK(intake.blobs.writers == 1);
  second.receiver->on_body("}");
  second.receiver->on_complete();
  CHECK(second.status() == 200);
  CHECK(intake.blobs.last == body);
  // A small one is taken all the same.
  const std::string small = large(1'000);
  CHECK(intake.answer(intake.signed_post("elevenlabs", "/hooks/elevenlabs", small), small).status == 200);
  first.receiver->on_body("}");
  first.receiver->on_complete();
  CHECK(first.status() == 200);
  third.receiver->on_body(most);
  third.receiver->on_abort();
  CHECK(intake.blobs.writers == 1);
  // What moves to the disk gives its memory back.
  Slow fourth(intake, body), fifth(intake, body);
  const std::string longer = large(kLarge);
  fourth.receiver->on_body(most);
  fourth.receiver->on_body(longer);
  CHECK(intake.blobs.writers == 2);
  fifth.receiver->on_body(most);
  CHECK(fifth.status() == 0);
  CHECK(intake.blobs.writers == 2);
}

TEST_CASE("bodies that wait on the disk for want of memory keep hardly any memory") {
  constexpr size_t kBodies = 64;
  Bounded intake({}, {.all = 20'000});
  const std::string body = large(600'000), first = body.substr(0, 20'001), next = body.substr(20'001, 40'000);
  std::vector<std::unique_ptr<Slow>> bodies;
  for (size_t i = 0; i < kBodies; ++i) bodies.push_back(std::make_unique<Slow>(intake, body));
  const size_t before = mallinfo2().uordblks;
  for (auto& slow : bodies) {
    slow->receiver->on_body(first);
    slow->receiver->on_body(next);
  }
  CHECK(intake.blobs.writers == kBodies);
  CHECK(mallinfo2().uordblks < before + kBodies * 20'000);
}

TEST_CASE("where memory has no more room, what its headers condemn is refused, and what must be whole waits") {
  Bounded intake({}, {.all = 20'000});
  const std::string part(20'001, 'x');
  Slow unsigned_one(intake, post("/hooks/elevenlabs", {{"content-type", "application/json"}}));
  unsigned_one.receiver->on_body(part);
  CHECK(unsigned_one.status() == 401);
  Slow form(intake, intake.signed_post("twilio", "/hooks/twilio/status", "CallSid=CA1"));
  form.receiver->on_body(part);
  CHECK(form.status() == 503);
  CHECK(intake.counted("hookswitch_refused_total{reason=\"unverified\",source=\"twilio\"} 1"));
}

TEST_CASE("one client's bodies leave room for those of others, whatever headers it sends") {
  const std::string body = large(kLarge);
  Bounded intake({.each = body.size() + kLarge / 2}, {.each = 20'000});
  auto signed_one = [&] { return intake.signed_post("elevenlabs", "/hooks/elevenlabs", body); };
  Slow first(intake, from("203.0.113.9", signed_one())), second(intake, from("203.0.113.9", signed_one()));
  Slow other(intake, from("203.0.113.10", signed_one()));
  Slow as_if_behind_proxy(intake, from("203.0.113.9", signed_one(), true));
  first.receiver->on_body(body);
  for (Slow* each : {&second, &as_if_behind_proxy}) {
    each->receiver->on_body(body);
    CHECK(each->status() == 503);
  }
  other.receiver->on_body(body);
  CHECK(other.status() == 0);
  // In memory too: of the client that has more than its share there the rest goes to the disk.
  first.receiver->on_abort();
  const size_t before = intake.blobs.writers;
  Slow third(intake, from("203.0.113.9", signed_one())), fourth(intake, from("203.0.113.10", signed_one()));
  third.receiver->on_body(body.substr(0, 17'000));
  CHECK(intake.blobs.writers == before);
  third.receiver->on_body(body.substr(17'000, 5'000));
  CHECK(intake.blobs.writers == before + 1);
  fourth.receiver->on_body(body.substr(0, 17'000));
  CHECK(intake.blobs.writers == before + 1);
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
