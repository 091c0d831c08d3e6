#include "engine/state/transcripts.h"
#include "tests/unit/api/api_fixture.h"

using namespace hookswitch;
using namespace hookswitch::test;

namespace {

const std::map<CallField, FieldValue> kOtherTenant{{CallField::tenant, std::string("B2/L2")}};

void put_transcript(ApiFixture& fixture, const std::string& call, const std::string& json, int64_t time_ms = 1) {
  fixture.write([&](Writer& writer) { merge_transcript(writer, call, {Stamp{1, time_ms, 0}, json}); });
}

}  // namespace

TEST_CASE("calls are listed newest first, page by page") {
  ApiFixture fixture;
  for (int i = 0; i < 3; ++i) fixture.put_call("c" + std::to_string(i), {{CallField::started_at, kNow + i}});
  Reply first = fixture.get("/api/v1/calls?limit=2", "viewer");
  REQUIRE(first.json["data"].size() == 2);
  CHECK(first.json["data"][0]["id"] == "c2");
  std::string cursor = first.json["next_cursor"];
  Reply second = fixture.get("/api/v1/calls?limit=2&cursor=" + cursor, "viewer");
  REQUIRE(second.json["data"].size() == 1);
  CHECK(second.json["data"][0]["id"] == "c0");
  CHECK(second.json["next_cursor"].is_null());
  CHECK(fixture.get("/api/v1/calls?cursor=made-up").status == 400);
}

TEST_CASE("calls are filtered") {
  ApiFixture fixture;
  fixture.put_call("busy", {{CallField::status, std::string("busy")}, {CallField::from, std::string("+40212345678")}});
  fixture.put_call("late", {{CallField::started_at, kNow + 86'400'000}});
  auto only = [&](const std::string& query) {
    Json data = fixture.get("/api/v1/calls?" + query).json["data"];
    return data.size() == 1 ? data[0]["id"].get<std::string>() : std::to_string(data.size());
  };
  CHECK(only("status=busy") == "busy");
  CHECK(only("phone=%2B40%2021%20234%205678") == "busy");
  CHECK(only("from=2025-02-15") == "late");
  CHECK(only("to=2025-02-15T00:00:00Z") == "busy");
  CHECK(only("q=LATE") == "late");
  CHECK(only("tenant=B1/L1") == "2");
  CHECK(only("tenant=B2/L2") == "0");
}

TEST_CASE("a call is found by our id and by any provider's") {
  ApiFixture fixture;
  fixture.put_call("c1");
  CHECK(fixture.get("/api/v1/calls/c1").json["id"] == "c1");
  CHECK(fixture.get("/api/v1/calls/conv_c1").json["id"] == "c1");
  Reply missing = fixture.get("/api/v1/calls/nobody");
  CHECK(missing.status == 404);
  CHECK(missing.json["detail"].get<std::string>().find("nobody") != std::string::npos);
}

TEST_CASE("a token bound to a tenant sees nothing of another one") {
  ApiFixture fixture;
  fixture.put_call("mine");
  fixture.put_call("theirs", kOtherTenant);
  put_transcript(fixture, "theirs", R"([{"role":"agent","message":"hi"}])");
  Json data = fixture.get("/api/v1/calls", "bound").json["data"];
  REQUIRE(data.size() == 1);
  CHECK(data[0]["id"] == "mine");
  CHECK(fixture.get("/api/v1/calls?tenant=B1/L1", "bound").status == 200);
  CHECK(fixture.get("/api/v1/calls?tenant=B2/L2", "bound").status == 403);
  CHECK(fixture.get("/api/v1/calls/mine", "bound").status == 200);
  CHECK(fixture.get("/api/v1/calls/theirs", "bound").status == 404);
  CHECK(fixture.get("/api/v1/calls/theirs/transcript", "bound").status == 404);
  CHECK(fixture.get("/api/v1/stats", "bound").json["calls"] == 1);
}

TEST_CASE("what a call is to hear is refused before it is logged where Twilio could not take it") {
  ApiFixture fixture;
  auto place = [&](Json body) {
    body["to"] = "+40212345678";
    return fixture.send("POST", "/api/v1/calls", dump(body));
  };
  for (const char* url : {"ftp://example.com/x", "file:///etc/passwd", "example.com/x", "http://", "https:///x", "",
                          "http://@h", "https://example.com/a b", "https://example.com/\n", "https://exämple.com/"}) {
    Reply reply = place({{"url", url}});
    INFO(url << " " << reply.text);
    CHECK(reply.status == 400);
    CHECK(reply.json["detail"] == "body: url: expected an http or https address, in ASCII");
  }
  CHECK(place({{"url", "https://example.com/" + std::string(300, 'x')}}).json["detail"] ==
        "body: url: expected a text of at most 256 bytes");
  for (const char* twiml : {"", "Hello", "https://example.com/"})
    CHECK(place({{"twiml", twiml}}).json["detail"] == "body: twiml: expected TwiML, which is a text with a <Response>");
  auto say = [](size_t characters) {
    std::string text;
    for (size_t n = std::string_view("<Response></Response>").size(); n < characters; ++n) text += "ț";
    return "<Response>" + text + "</Response>";
  };
  CHECK(place({{"twiml", say(4001)}}).json["detail"] == "body: twiml: found 4001 characters, expected at most 4000");
  CHECK(place({{"twiml", say(40)}, {"url", "https://example.com/"}}).status == 400);
  CHECK(fixture.commands.empty());

  CHECK(place({{"twiml", say(4000)}}).status == 200);
  CHECK(place({{"url", "https://user:pass@example.com:8443/x?y=1#rc=2"}}).status == 200);
  CHECK(fixture.commands.size() == 2);
}

TEST_CASE("a transcript is a list of turns, empty when there is none") {
  ApiFixture fixture;
  fixture.put_call("c1");
  CHECK(fixture.get("/api/v1/calls/c1/transcript").json["data"] == Json::array());
  put_transcript(fixture, "c1", R"([{"role":"agent","message":"hi"},{"role":"user","message":"hello"}])");
  Json data = fixture.get("/api/v1/calls/conv_c1/transcript").json["data"];
  REQUIRE(data.size() == 2);
  CHECK(data[1]["message"] == "hello");
}

TEST_CASE("calls are found by a number however it is written") {
  ApiFixture fixture(60'000, [](ApiParts& parts) {
    parts.country_of = [](const std::string& tenant) { return tenant == "B1/L1" ? "US" : ""; };
  });
  fixture.put_call("c1", {{CallField::from, std::string("+15017122661")}});
  auto found = [&](const std::string& query, const std::string& as) {
    return fixture.get("/api/v1/calls?" + query, as).json["data"].size();
  };
  for (const char* all : {"%2B15017122661", "0015017122661", "%2B1%20(501)%20712-2661", "15017122661"}) {
    INFO(all);
    CHECK(found(std::string("phone=") + all, "viewer") == 1);
  }
  for (const char* own : {"5017122661", "(501)%20712-2661", "0015017122661", "01115017122661"}) {
    INFO(own);
    CHECK(found(std::string("phone=") + own, "bound") == 1);
    CHECK(found(std::string("tenant=B1/L1&phone=") + own, "viewer") == 1);
  }
  CHECK(found("phone=5017122662", "bound") == 0);
}

TEST_CASE("a number of another country is found by its digits or with a plus as a URL has it") {
  ApiFixture fixture(60'000, [](ApiParts& parts) { parts.country_of = [](const std::string&) { return "DE"; }; });
  fixture.put_call("c1", {{CallField::from, std::string("+40722123456")}});
  fixture.put_call("c2", {{CallField::from, std::string("+4940722123456")}});
  auto found = [&](const std::string& phone) {
    const Json data = fixture.get("/api/v1/calls?phone=" + phone).json["data"];
    Json ids = Json::array();
    for (const Json& call : data) ids.push_back(call["id"]);
    return ids;
  };
  for (const char* whole : {"%2B40722123456", "+40722123456", "+40%20722%20123%20456", "0040722123456"})
    CHECK(found(whole) == Json{"c1"});
  CHECK(found("40722123456").size() == 2);  // of Hamburg, too
  CHECK(found("040722123456") == Json{"c2"});
}

TEST_CASE("the transcript of a finished call is streamed and ended") {
  ApiFixture fixture;
  fixture.put_call("c1");
  put_transcript(fixture, "c1", R"([{"message":"hi"},{"message":"hello"}])");
  Reply reply = fixture.get("/api/v1/calls/c1/transcript", "viewer", {{"accept", "text/event-stream"}});
  REQUIRE(reply.exchange->stream()->wait_closed());
  CHECK(reply.exchange->stream()->text() ==
        "event: turn\ndata: {\"message\":\"hi\"}\n\nevent: turn\ndata: {\"message\":\"hello\"}\n\n"
        "event: end\ndata: {}\n\n");
}

TEST_CASE("the transcript stream of a call that nobody took ends, for there is nothing to come") {
  for (const char* status : {"failed", "no_answer", "busy", "canceled"}) {
    INFO(status);
    ApiFixture fixture;
    fixture.put_call("c1", {{CallField::status, std::string(status)}, {CallField::ended_at, kNow}});
    Reply reply = fixture.get("/api/v1/calls/c1/transcript", "viewer", {{"accept", "text/event-stream"}});
    REQUIRE(reply.exchange->stream()->wait_closed());
    CHECK(reply.exchange->stream()->text() == "event: end\ndata: {}\n\n");
  }
}

TEST_CASE("the transcript stream of a call waits for it after the call's end, but not for ever") {
  ApiFixture fixture(24 * 3'600'000);
  fixture.put_call("c1", {{CallField::ended_at, kNow}});
  fixture.put_call("c2", {{CallField::ended_at, kNow}});
  const HeaderList live{{"accept", "text/event-stream"}};
  auto none = fixture.get("/api/v1/calls/c1/transcript", "viewer", live).exchange->stream();
  auto late = fixture.get("/api/v1/calls/c2/transcript", "viewer", live).exchange->stream();
  fixture.clock().advance_ms(9 * 60'000);
  put_transcript(fixture, "c2", R"([{"m":1}])", 1);
  fixture.api().wake();
  REQUIRE(late->wait_closed());
  CHECK(late->text().find("{\"m\":1}") != std::string::npos);
  CHECK(none->text().empty());
  fixture.clock().advance_ms(60'000);
  fixture.api().wake();
  REQUIRE(none->wait_closed());
  CHECK(none->text() == "event: end\ndata: {}\n\n");
}

TEST_CASE("the transcript of a running call is streamed turn by turn, and over when the call is") {
  ApiFixture fixture;
  fixture.put_call("c1", {{CallField::status, std::string("in_progress")}});
  put_transcript(fixture, "c1", R"([{"m":1}])", 1);
  Reply reply = fixture.get("/api/v1/calls/c1/transcript", "viewer", {{"accept", "text/event-stream"}});
  auto stream = reply.exchange->stream();
  stream->wait_for("data: {\"m\":1}");
  put_transcript(fixture, "c1", R"([{"m":1},{"m":2}])", 2);
  fixture.api().wake();
  CHECK(stream->wait_for("data: {\"m\":2}").find("reset") == std::string::npos);
  put_transcript(fixture, "c1", R"([{"m":7}])", 3);
  fixture.api().wake();
  CHECK(stream->wait_for("data: {\"m\":7}").find("event: reset") != std::string::npos);
  fixture.put_call("c1");
  fixture.api().wake();
  CHECK(stream->wait_closed());
}

TEST_CASE("totals are over the calls of the filter, with days of the tenant") {
  ApiFixture fixture;
  fixture.put_call(
      "a", {{CallField::duration_secs, 10.0}, {CallField::cost, 0.5}, {CallField::currency, std::string("USD")}});
  fixture.put_call("b", {{CallField::duration_secs, 30.0}, {CallField::status, std::string("failed")}});
  Json json = fixture.get("/api/v1/stats?tenant=B1/L1").json;
  CHECK(json["calls"] == 2);
  CHECK(json["by_status"] == Json{{"completed", 1}, {"failed", 1}});
  CHECK(json["avg_duration_secs"] == 20.0);
  CHECK(json["cost"] == Json{{"USD", 0.5}});
  CHECK(json["complete"] == true);
  REQUIRE(json["days"].size() == 1);
  CHECK(json["days"][0]["start"] == "2025-02-13T22:00:00Z");
}
