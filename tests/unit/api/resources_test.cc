#include "engine/base/hash.h"
#include "engine/state/activity.h"
#include "engine/state/agents.h"
#include "engine/state/contacts.h"
#include "engine/state/kpis.h"
#include "engine/state/local_time.h"
#include "tests/unit/api/api_fixture.h"

using namespace hookswitch;
using namespace hookswitch::test;

namespace {

void count_kpi(ApiFixture& fixture, const std::string& name, const std::string& tenant, int64_t at_ms) {
  int64_t hour = LocalZone::utc().start_of(Period::hour, at_ms);
  auto dimensions = encode_dimensions({{"intent", "scheduling"}});
  REQUIRE(dimensions);
  fixture.write([&](Writer& writer) { add_kpi(writer, {name, tenant, hour}, *dimensions, {2'000'000, false}); });
}

}  // namespace

TEST_CASE("a KPI is given by day of the tenant, of a dimension when asked") {
  ApiFixture fixture;
  count_kpi(fixture, "calls", "B1/L1", kNow);
  count_kpi(fixture, "calls", "B2/L2", kNow);
  Json all = fixture.get("/api/v1/kpis?name=calls").json["data"];
  REQUIRE(all.size() == 1);
  CHECK(all[0]["value"] == 4.0);
  CHECK(all[0]["tenant"].is_null());
  CHECK(all[0]["start"] == "2025-02-14T00:00:00Z");
  Json mine = fixture.get("/api/v1/kpis?by=intent", "bound").json["data"];
  REQUIRE(mine.size() == 1);
  CHECK(mine[0]["name"] == "calls");
  CHECK(mine[0]["value"] == 2.0);
  CHECK(mine[0]["key"] == "scheduling");
  CHECK(mine[0]["start"] == "2025-02-13T22:00:00Z");
  CHECK(fixture.get("/api/v1/kpis?name=calls&from=2025-02-15&to=2025-02-14").status == 400);
  CHECK(fixture.get("/api/v1/kpis?period=week").status == 400);
}

TEST_CASE("the feed is listed newest first, a tenant's own to its token") {
  ApiFixture fixture;
  fixture.write([](Writer& writer) {
    put_activity(writer, {"a1", "B1/L1", "c1", kNow, R"({"title":"one"})"});
    put_activity(writer, {"a2", "B2/L2", "c2", kNow + 1, R"({"title":"two"})"});
  });
  Json all = fixture.get("/api/v1/activity").json["data"];
  REQUIRE(all.size() == 2);
  CHECK(all[0]["title"] == "two");
  Json mine = fixture.get("/api/v1/activity", "bound").json["data"];
  REQUIRE(mine.size() == 1);
  CHECK(mine[0]["id"] == "a1");
}

TEST_CASE("contacts and agents are listed and found, a tenant's own to its token") {
  ApiFixture fixture;
  fixture.write([](Writer& writer) {
    CHECK(put_contact(writer, {{"id", "p1"}, {"name", "Ana"}, {"tenant", "B1/L1"}}));
    CHECK(put_contact(writer, {{"id", "p2"}, {"name", "Ion"}}));
    CHECK(put_agent(writer, {{"id", "g1"}, {"source", "s"}, {"tenant", "B2/L2"}}));
  });
  CHECK(fixture.get("/api/v1/contacts").json["data"].size() == 2);
  CHECK(fixture.get("/api/v1/contacts/p2").json["name"] == "Ion");
  CHECK(fixture.get("/api/v1/contacts/p9").status == 404);
  CHECK(fixture.get("/api/v1/contacts", "bound").json["data"].size() == 1);
  CHECK(fixture.get("/api/v1/contacts/p2", "bound").status == 404);
  CHECK(fixture.get("/api/v1/agents/g1").json["tenant"] == "B2/L2");
  CHECK(fixture.get("/api/v1/agents/g1", "bound").status == 404);
}

TEST_CASE("the log is listed newest first, by source, kind and time, page by page") {
  ApiFixture fixture;
  for (int i = 0; i < 3; ++i) fixture.append(RecordKind::delivery, "twilio", "body", {{":path", "/hooks/twilio"}});
  fixture.append(RecordKind::timer, "", "{}");
  Json data = fixture.get("/api/v1/events", "operator").json["data"];
  REQUIRE(data.size() == 4);
  CHECK(data[0]["seq"] == 4);
  CHECK(data[0]["kind"] == "timer");
  CHECK(data[1]["path"] == "/hooks/twilio");
  CHECK(data[1]["bytes"] == 4);
  Reply page = fixture.get("/api/v1/events?source=twilio&limit=2");
  CHECK(page.json["data"].size() == 2);
  page = fixture.get("/api/v1/events?source=twilio&limit=2&cursor=" + page.json["next_cursor"].get<std::string>());
  REQUIRE(page.json["data"].size() == 1);
  CHECK(page.json["data"][0]["seq"] == 1);
  CHECK(page.json["next_cursor"].is_null());
  CHECK(fixture.get("/api/v1/events?from=2025-02-15").json["data"].empty());
  CHECK(fixture.get("/api/v1/events?to=2025-02-14").json["data"].empty());
  CHECK(fixture.get("/api/v1/events?cursor=x").status == 400);
}

TEST_CASE("an empty log is an empty list") {
  ApiFixture fixture;
  CHECK(fixture.get("/api/v1/events").json == Json{{"data", Json::array()}, {"next_cursor", nullptr}});
  CHECK(fixture.get("/api/v1/events?to=2025-02-14").json["data"].empty());
}

TEST_CASE("a record is shown with its events, and secrets in its headers are not") {
  ApiFixture fixture;
  fixture.append(RecordKind::delivery, "eleven", R"({"a":1})",
                 {{"x-secret", "hunter2"}, {"content-type", "text/json"}});
  Event event;
  event.id = "e1";
  event.type = "conversation.ended";
  event.data = R"({"status":"completed"})";
  fixture.decoded = std::vector<Event>{event};
  Reply reply = fixture.get("/api/v1/events/1", "operator");
  CHECK(reply.json["body"] == R"({"a":1})");
  CHECK(reply.json["headers"]["content-type"] == "text/json");
  CHECK(reply.text.find("hunter2") == std::string::npos);
  CHECK(reply.json["events"][0]["data"]["status"] == "completed");
  CHECK(fixture.get("/api/v1/events/2").status == 404);
  CHECK(fixture.get("/api/v1/events/0").status == 404);
  CHECK(fixture.get("/api/v1/events/x").status == 404);
  CHECK(fixture.get("/api/v1/events/1/trace").json["seq"] == 1);
}

TEST_CASE("a body that is no text is shown as base64, and what cannot be decoded says why") {
  ApiFixture fixture;
  fixture.append(RecordKind::delivery, "eleven", std::string("\xff\x00\x01", 3));
  fixture.decoded = fail(Code::invalid, "found no JSON");
  Json json = fixture.get("/api/v1/events/1").json;
  CHECK(json["body_base64"] == "/wAB");
  CHECK(json["error"] == "found no JSON");
}

TEST_CASE("a token's hash in the log is not shown") {
  ApiFixture fixture;
  fixture.append(RecordKind::command, "", R"({"id":"t","hash":"abc"})", {{":name", "token.create"}});
  CHECK(fixture.get("/api/v1/events/1").json["body"] == R"({"id":"t"})");
}

TEST_CASE("the engine shows itself") {
  ApiFixture fixture;
  fixture.append(RecordKind::timer, "", "{}");
  Json status = fixture.get("/api/v1/status", "viewer").json;
  CHECK(status["version"] == "1.2.3");
  CHECK(status["lag_records"] == 1);
  CHECK(status["log"]["last_seq"] == 1);
  CHECK(status["processor"]["rules_version"] == "v1");
  CHECK(fixture.get("/api/v1/plugins").json["data"][0]["provider"] == "twilio");
  CHECK(fixture.get("/api/v1/rules").json["version"] == "v1");
}

TEST_CASE("a trace is as it ran when that is kept, and as it would run now when that is asked for or all there is") {
  ApiFixture fixture;
  fixture.append(RecordKind::timer, "", "{}");
  CHECK(fixture.get("/api/v1/events/1/trace").json["seq"] == 1);  // nothing is kept
  CHECK(fixture.get("/api/v1/events/1/trace?rules=then").status == 404);
  fixture.ran = Json{{"as", "then"}, {"events", Json::array()}};
  CHECK(fixture.get("/api/v1/events/1/trace").json["as"] == "then");
  CHECK(fixture.get("/api/v1/events/1/trace?rules=then").json["as"] == "then");
  CHECK_FALSE(fixture.get("/api/v1/events/1/trace?rules=now").json.contains("as"));
  CHECK(fixture.get("/api/v1/events/1/trace?rules=yesterday").status == 400);
}

TEST_CASE("a trace of what is not processed or not in the log says so") {
  ApiFixture fixture;
  CHECK(fixture.get("/api/v1/events/1/trace").json["detail"].get<std::string>().find("the log is empty") !=
        std::string::npos);
  fixture.append(RecordKind::timer, "", "{}");
  fixture.ran = fail(Code::conflict, "trace record 1: it is not processed yet");
  CHECK(fixture.get("/api/v1/events/1/trace").status == 409);
  Reply beyond = fixture.get("/api/v1/events/2/trace?rules=now");
  CHECK(beyond.status == 404);
  CHECK(beyond.json["detail"].get<std::string>().find("the log keeps 1 to 1") != std::string::npos);
  CHECK(fixture.get("/api/v1/events/x/trace").status == 404);
}

TEST_CASE("a record shows which rule did what with each of its events") {
  ApiFixture fixture;
  fixture.append(RecordKind::delivery, "eleven", "{}");
  Event event;
  event.data = "{}";
  fixture.decoded = std::vector<Event>{event};
  CHECK_FALSE(fixture.get("/api/v1/events/1").json["events"][0].contains("rules"));
  fixture.ran =
      Json::parse(R"({"events": [{"index": 0, "rules": [{"rule": "kpis", "us": 3, "effects": [{"a": 1}]}]}]})");
  CHECK(fixture.get("/api/v1/events/1").json["events"][0]["rules"] ==
        Json::parse(R"([{"rule": "kpis", "effects": [{"a": 1}]}])"));
}
