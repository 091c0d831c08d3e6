#include "engine/state/activity.h"
#include "engine/state/changes.h"
#include "engine/state/tokens.h"
#include "engine/state/transcripts.h"
#include "tests/unit/api/api_fixture.h"

using namespace hookswitch;
using namespace hookswitch::test;

namespace {

std::shared_ptr<FakeStream> watch(ApiFixture& fixture, const std::string& query = "", const std::string& last_id = "",
                                  const std::string& as = "viewer") {
  HeaderList headers;
  if (!last_id.empty()) headers.emplace_back("last-event-id", last_id);
  Reply reply = fixture.get("/api/v1/stream" + query, as, headers);
  REQUIRE(reply.status == 200);
  CHECK(reply.headers["content-type"] == "text/event-stream");
  return reply.exchange->stream();
}

void change(ApiFixture& fixture, const Json& row) {
  fixture.write([&](Writer& writer) { append_change(writer, dump(row)); });
  fixture.api().wake();
}

size_t count(const std::string& text, const std::string& part) {
  size_t out = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++out;
  return out;
}

}  // namespace

TEST_CASE("a change is sent with the object as it is now and the change's id") {
  ApiFixture fixture;
  auto stream = watch(fixture);
  fixture.put_call("c1");
  change(fixture, {{"calls", {"c1"}}});
  std::string text = stream->wait_for("id: 1\n\n");
  CHECK(text.find("event: call\ndata: {\"agent_id\"") != std::string::npos);
  CHECK(text.find("\"id\":\"c1\"") != std::string::npos);
}

TEST_CASE("activity and transcripts are sent too, and several events of a change end with its id once") {
  ApiFixture fixture;
  auto stream = watch(fixture);
  fixture.put_call("c1");
  fixture.write([](Writer& writer) {
    put_activity(writer, {"a1", "B1/L1", "c1", kNow, R"({"title":"booked"})"});
    merge_transcript(writer, "c1", {Stamp{1, 1, 0}, R"([{"m":1}])"});
  });
  change(fixture, {{"calls", {"c1"}}, {"transcripts", {"c1"}}, {"activity", {"a1"}}, {"kpis", {"calls"}}});
  std::string text = stream->wait_for("id: 1\n\n");
  CHECK(text.find("\"title\":\"booked\"") != std::string::npos);
  CHECK(text.find("event: transcript\ndata: {\"call\":\"c1\",\"turns\":[{\"m\":1}]}") != std::string::npos);
  CHECK(count(text, "\nid: 1\n") == 1);
}

TEST_CASE("a stream takes its tenant's share of the places, or that of a token of all tenants") {
  ApiFixture fixture;
  fixture.put_call("c1");
  const HeaderList live{{"accept", "text/event-stream"}};
  for (const char* target : {"/api/v1/stream", "/api/v1/calls/c1/transcript"}) {
    INFO(target);
    CHECK(fixture.get(target, "bound", live).exchange->stream_by() == "tenant B1/L1");
    CHECK(fixture.get(target, "bound_admin", live).exchange->stream_by() == "tenant B1/L1");
    CHECK(fixture.get(target, "viewer", live).exchange->stream_by() == "token viewer");
  }
}

TEST_CASE("a stream goes on after the last event a client saw") {
  ApiFixture fixture;
  for (int i = 1; i <= 3; ++i) {
    fixture.put_call("c" + std::to_string(i));
    change(fixture, {{"calls", {"c" + std::to_string(i)}}});
  }
  std::string text = watch(fixture, "", "1")->wait_for("id: 3\n");
  CHECK(text.find("\"id\":\"c1\"") == std::string::npos);
  CHECK(text.find("\"id\":\"c2\"") != std::string::npos);
  CHECK(watch(fixture, "?last_event_id=2")->wait_for("id: 3\n").find("\"id\":\"c2\"") == std::string::npos);
}

TEST_CASE("without a last event only what changes from now on is sent") {
  ApiFixture fixture;
  fixture.put_call("c1");
  change(fixture, {{"calls", {"c1"}}});
  auto stream = watch(fixture);
  change(fixture, {{"calls", {"c1"}}});
  CHECK(stream->wait_for("id: 2\n").find("id: 1\n") == std::string::npos);
}

TEST_CASE("a client who missed changes, or knows of ones that never were, is told to start over") {
  ApiFixture fixture;
  for (int i = 0; i < 5; ++i) change(fixture, {{"calls", {"c1"}}});
  fixture.write([](Writer& writer) { trim_changes(writer, 100, 2); });
  CHECK(watch(fixture, "", "2")->wait_for("event: reset").find("id: 5") != std::string::npos);
  watch(fixture, "", "99")->wait_for("event: reset");
  CHECK(watch(fixture, "", "3")->wait_for("id: 5\n").find("reset") == std::string::npos);
  CHECK(fixture.get("/api/v1/stream", "viewer", {{"last-event-id", "x"}}).status == 400);
}

TEST_CASE("only the types asked for are sent, but the id moves on") {
  ApiFixture fixture;
  auto stream = watch(fixture, "?types=activity");
  fixture.put_call("c1");
  change(fixture, {{"calls", {"c1"}}});
  CHECK(stream->wait_for("id: 1\n\n").find("event: call") == std::string::npos);
  CHECK(fixture.get("/api/v1/stream?types=weather").status == 400);
}

TEST_CASE("a bound token is sent nothing of another tenant") {
  ApiFixture fixture;
  auto stream = watch(fixture, "", "", "bound");
  fixture.put_call("theirs", {{CallField::tenant, std::string("B2/L2")}});
  fixture.put_call("mine");
  change(fixture, {{"calls", {"theirs"}}});
  change(fixture, {{"calls", {"mine"}}});
  std::string text = stream->wait_for("id: 2\n");
  CHECK(text.find("theirs") == std::string::npos);
  CHECK(text.find("\"id\":\"mine\"") != std::string::npos);
  CHECK(fixture.get("/api/v1/stream?tenant=B2/L2", "bound").status == 403);
}

TEST_CASE("a stream ends with the token that opened it, and sends nothing after that") {
  ApiFixture fixture;
  auto stream = watch(fixture, "", "", "bound");
  auto other = watch(fixture);
  fixture.write([](Writer& writer) {
    Token token = *find_token(writer, "bound");
    token.revoked_ms = kNow;
    put_token(writer, token);
  });
  fixture.put_call("mine");
  change(fixture, {{"calls", {"mine"}}});
  CHECK(stream->wait_closed());
  CHECK(stream->text().find("mine") == std::string::npos);
  other->wait_for("mine");
}

TEST_CASE("many changes of one call are sent as one event, and more than one read holds is sent all the same") {
  ApiFixture fixture;
  fixture.put_call("c1");
  fixture.write([](Writer& writer) {
    for (size_t i = 0; i < limits::kChangesPerRead + 1; ++i) append_change(writer, R"({"calls":["c1"]})");
  });
  auto stream = watch(fixture, "", "0");
  std::string text = stream->wait_for("id: " + std::to_string(limits::kChangesPerRead + 1) + "\n");
  CHECK(count(text, "event: call") == 2);
}

TEST_CASE("a change that is longer than a piece is sent in pieces, each thing once, and its id comes with the last") {
  constexpr size_t kCalls = 300, kRoom = 10'000;
  ApiFixture fixture;
  Json ids = Json::array();
  for (size_t i = 0; i < kCalls; ++i) {
    ids.push_back("c" + std::to_string(i));
    fixture.put_call(ids.back(), {{CallField::summary, std::string(500, 's')}});
  }
  fixture.write([&](Writer& writer) {
    append_change(writer, dump({{"calls", {"c7"}}}));
    append_change(writer, dump({{"calls", ids}}));
    append_change(writer, dump({{"calls", {"c9"}}}));
  });
  auto stream = watch(fixture, "", "0");
  stream->make_room(kRoom);
  std::string text = stream->wait_for("id: 3\n");
  CHECK(count(text, "event: call") == kCalls);
  for (const Json& id : ids) CHECK(count(text, "\"id\":\"" + id.get<std::string>() + "\"") == 1);
  CHECK(count(text, "\nid: 2\n\n") == 1);
  CHECK(text.find("id: 2\n") > text.find("\"id\":\"c99\""));
}

TEST_CASE("no write is much longer than there is room") {
  constexpr size_t kRoom = 10'000;
  ApiFixture fixture;
  auto stream = watch(fixture);
  stream->make_room(kRoom);
  Json ids = Json::array();
  for (size_t i = 0; i < 100; ++i) {
    ids.push_back("c" + std::to_string(i));
    fixture.put_call(ids.back(), {{CallField::summary, std::string(500, 's')}});
  }
  change(fixture, {{"calls", ids}});
  CHECK(count(stream->wait_for("id: 1\n"), "event: call") == 100);
  CHECK(stream->longest() < kRoom + 3'000);
}

TEST_CASE("a stream without room is sent nothing until it has some, and others do not wait for it") {
  ApiFixture fixture;
  auto slow = watch(fixture);
  auto fast = watch(fixture);
  slow->make_room(0);
  fixture.put_call("c1");
  change(fixture, {{"calls", {"c1"}}});
  fast->wait_for("id: 1\n");
  change(fixture, {{"calls", {"c1"}}});
  fast->wait_for("id: 2\n");
  CHECK(slow->text().find("event: call") == std::string::npos);
  slow->make_room(10'000);
  CHECK(count(slow->wait_for("id: 2\n"), "event: call") == 1);
}

TEST_CASE("a stream may outlive the API and still say that it has room") {
  std::shared_ptr<FakeStream> stream;
  {
    ApiFixture fixture;
    stream = watch(fixture);
  }
  stream->make_room(10'000);
  CHECK(stream->room() == 10'000);
}

TEST_CASE("a silent stream sends heartbeats when they are due, also while others wake it, and forgets who has gone") {
  constexpr int64_t kHeartbeatMs = 60'000;
  const std::string kBeat = ": still here\n\n";  // one comes at once, with the head
  ApiFixture fixture(kHeartbeatMs);
  auto later = [&](int64_t by_ms) {
    fixture.clock().advance_ms(by_ms);
    fixture.api().wake();
  };
  auto stream = watch(fixture);
  later(kHeartbeatMs);
  stream->wait_for(kBeat + kBeat);
  later(kHeartbeatMs);
  stream->wait_for(kBeat + kBeat + kBeat);
  stream->close();
  auto other = watch(fixture);
  later(kHeartbeatMs);
  other->wait_for(kBeat + kBeat);
  later(kHeartbeatMs - 1);
  later(1);
  CHECK(count(other->wait_for(kBeat + kBeat + kBeat), kBeat) == 3);
  CHECK(stream->refused_writes() == 1);
}
