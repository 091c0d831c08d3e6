#include <set>
#include <thread>

#include "engine/base/hash.h"
#include "engine/state/activity.h"
#include "engine/state/agents.h"
#include "engine/state/contacts.h"
#include "engine/state/kpis.h"
#include "engine/state/local_time.h"
#include "engine/state/tasks.h"
#include "engine/state/timers.h"
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

TEST_CASE("KPIs come in pages, each KPI whole on one of them") {
  ApiFixture fixture;
  for (const char* name : {"calls", "booked", "zz"}) {
    for (int64_t day = 0; day < 3; ++day) count_kpi(fixture, name, "B1/L1", kNow - day * 86'400'000);
  }
  std::vector<std::string> seen;
  std::string cursor;
  do {
    Reply page = fixture.get("/api/v1/kpis?limit=2" + (cursor.empty() ? "" : "&cursor=" + cursor));
    REQUIRE(page.status == 200);
    for (const Json& row : page.json["data"]) seen.push_back(row["name"]);
    cursor = page.json["next_cursor"].is_null() ? "" : page.json["next_cursor"].get<std::string>();
    CHECK((seen.size() == 6 || cursor.empty()));
  } while (!cursor.empty());
  CHECK(seen == std::vector<std::string>{"booked", "booked", "booked", "calls", "calls", "calls", "zz", "zz", "zz"});
  CHECK(fixture.get("/api/v1/kpis?cursor=x").status == 400);
  CHECK(fixture.get("/api/v1/kpis?name=calls").json["next_cursor"].is_null());
}

TEST_CASE("more KPIs than a page lists are all found on its next ones, and no page is longer than its rows allow") {
  constexpr size_t kKpis = limits::kPageRows + 30;
  constexpr int64_t kHours = 100;
  ApiFixture fixture;
  fixture.write([](Writer& writer) {
    for (size_t i = 0; i < kKpis; ++i) {
      for (int64_t hour = 0; hour < kHours; ++hour) {
        int64_t at_ms = LocalZone::utc().start_of(Period::hour, kNow - hour * 3'600'000);
        add_kpi(writer, {"kpi" + std::to_string(i), "B1/L1", at_ms}, "", {1, false});
      }
    }
  });
  std::set<std::string> names;
  size_t rows = 0;
  std::string cursor;
  do {
    Reply page = fixture.get("/api/v1/kpis?period=hour&from=2025-02-01&to=2025-02-15" +
                             (cursor.empty() ? "" : "&cursor=" + cursor));
    REQUIRE(page.status == 200);
    CHECK(page.json["data"].size() <= limits::kKpiBuckets);
    rows += page.json["data"].size();
    for (const Json& row : page.json["data"]) names.insert(row["name"].get<std::string>());
    cursor = page.json["next_cursor"].is_null() ? "" : page.json["next_cursor"].get<std::string>();
  } while (!cursor.empty());
  CHECK(names.size() == kKpis);
  CHECK(rows == kKpis * kHours);
}

TEST_CASE("a page of KPIs ends with the one by which many rows were read") {
  constexpr int64_t kHours = 60'000;
  ApiFixture fixture;
  fixture.write([](Writer& writer) {
    for (const char* name : {"a", "b", "c"}) {
      for (int64_t hour = 0; hour < kHours; ++hour) {
        add_kpi(writer, {name, "B1/L1", hour * 3'600'000}, "", {1'000'000, false});
      }
    }
  });
  const std::string all = "/api/v1/kpis?period=month&from=1970-01-01&to=1980-01-01";
  Reply first = fixture.get(all);
  REQUIRE(first.status == 200);
  CHECK(first.json["data"].back()["name"] == "b");
  REQUIRE(first.json["next_cursor"].is_string());
  Reply second = fixture.get(all + "&cursor=" + first.json["next_cursor"].get<std::string>());
  REQUIRE(second.status == 200);
  CHECK(second.json["data"].front()["name"] == "c");
  CHECK(second.json["next_cursor"].is_null());
}

TEST_CASE("a cursor of KPIs is good with the filters it was given for, and with no others") {
  ApiFixture fixture;
  for (const char* name : {"a", "b", "c"}) count_kpi(fixture, name, "B1/L1", kNow);
  const std::string cursor = fixture.get("/api/v1/kpis?limit=1").json["next_cursor"];
  CHECK(fixture.get("/api/v1/kpis?limit=2&cursor=" + cursor).json["data"].size() == 2);
  for (const char* other : {"name=b", "period=hour", "from=2025-02-01", "to=2025-02-15", "tenant=B1/L1", "by=intent"}) {
    INFO(other);
    CHECK(fixture.get("/api/v1/kpis?" + std::string(other) + "&cursor=" + cursor).status == 400);
  }
  CHECK(fixture.get("/api/v1/kpis?name=a&cursor=x").status == 400);
}

TEST_CASE("what takes long to read is not read on the thread that asks for it") {
  std::thread::id reader;
  ApiFixture fixture(60'000, [&](ApiParts& parts) {
    parts.timezone_of = [&](const std::string&) {
      reader = std::this_thread::get_id();
      return std::string("Europe/Bucharest");
    };
  });
  for (const char* path : {"/api/v1/kpis?tenant=B1/L1", "/api/v1/stats?tenant=B1/L1"}) {
    INFO(path);
    reader = {};
    CHECK(fixture.get(path).status == 200);
    CHECK(reader != std::thread::id());
    CHECK(reader != std::this_thread::get_id());
  }
}

TEST_CASE("a date alone is the day of the rows' zone") {
  ApiFixture fixture;
  const int64_t midnight_ms = 1'739'570'400'000;  // 2025-02-15 in Bucharest, 22:00 UTC the day before
  count_kpi(fixture, "calls", "B1/L1", midnight_ms - 3'600'000);
  count_kpi(fixture, "calls", "B1/L1", midnight_ms);
  count_kpi(fixture, "calls", "B1/L1", midnight_ms + 86'400'000);
  const std::string day = "from=2025-02-15&to=2025-02-16&tenant=B1/L1";
  Json rows = fixture.get("/api/v1/kpis?name=calls&period=day&" + day).json["data"];
  REQUIRE(rows.size() == 1);
  CHECK(rows[0]["start"] == "2025-02-14T22:00:00Z");
  CHECK(rows[0]["value"] == 2.0);
  rows = fixture.get("/api/v1/kpis?name=calls&period=month&from=2025-02-01&to=2025-03-01&tenant=B1/L1").json["data"];
  REQUIRE(rows.size() == 1);
  CHECK(rows[0]["value"] == 6.0);
  fixture.put_call("before", {{CallField::started_at, midnight_ms - 1}});
  fixture.put_call("first", {{CallField::started_at, midnight_ms}});
  fixture.put_call("after", {{CallField::started_at, midnight_ms + 86'400'000}});
  Json stats = fixture.get("/api/v1/stats?" + day).json;
  CHECK(stats["calls"] == 1);
  REQUIRE(stats["days"].size() == 1);
  CHECK(stats["days"][0]["start"] == "2025-02-14T22:00:00Z");
  CHECK(fixture.get("/api/v1/stats?from=2025-02-15T00:00:00Z&to=2025-02-16T00:00:00Z&tenant=B1/L1").json["calls"] == 1);
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

TEST_CASE("an agent of an id that another tenant has too is found by its own") {
  ApiFixture fixture;
  fixture.write([](Writer& writer) {
    CHECK(put_agent(writer, {{"id", "g1"}, {"source", "a"}, {"tenant", "B2/L2"}}));
    CHECK(put_agent(writer, {{"id", "g1"}, {"source", "b"}, {"tenant", "B1/L1"}}));
  });
  CHECK(fixture.get("/api/v1/agents/g1").json["source"] == "a");
  CHECK(fixture.get("/api/v1/agents/g1", "bound").json["source"] == "b");
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

TEST_CASE("a plugin that takes its time with a record holds up neither who asks nor the log") {
  std::thread::id decoder;
  const char* decoded_at = nullptr;
  int decoded = 0;
  ApiFixture fixture(60'000, [&](ApiParts& parts) {
    parts.decode = [&](const RecordView& record) {
      decoder = std::this_thread::get_id();
      decoded_at = record.body.data();
      ++decoded;
      return std::vector<Event>{};
    };
    parts.ran = [](const RecordView&, const auto&) { return Json{{"events", Json::array()}}; };
  });
  fixture.append(RecordKind::delivery, "eleven", R"({"a":1})");
  const char* in_log = nullptr;
  REQUIRE(fixture.log().read(1, 1, [&](const RecordView& record) {
    in_log = record.body.data();
    return false;
  }));
  for (const char* path : {"/api/v1/events/1", "/api/v1/events/1/trace", "/api/v1/events/1/trace?rules=then"}) {
    INFO(path);
    decoded = 0;
    CHECK(fixture.get(path).status == 200);
    CHECK(decoded == 1);
    CHECK(decoder != std::this_thread::get_id());
    CHECK(decoded_at != in_log);  // a copy: the log's own memory is only there while the log is being read
  }
  decoded = 0;
  CHECK(fixture.get("/api/v1/events/1/trace?rules=now").status == 200);
  CHECK(decoded == 0);
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

TEST_CASE("a person's number that nobody could be found by is refused before it is in the log") {
  ApiFixture fixture(60'000, [](ApiParts& parts) {
    parts.country_of = [](const std::string& tenant) { return std::string(tenant == "B1/L1" ? "CO" : ""); };
  });
  auto put = [&](const char* row) { return fixture.send("PUT", "/api/v1/contacts/c", row, "operator").status; };
  CHECK(put(R"({"phones":["+57 300 123 4599"]})") == 200);
  CHECK(put(R"({"tenant":"B1/L1","phones":["300 123 4599"]})") == 200);
  CHECK(put(R"({"phones":["whatsapp:+573001234599"]})") == 200);
  fixture.commands.clear();
  for (const char* row : {R"({"phones":["300 123 4599"]})", R"({"phones":["anonymous"]})", R"({"phones":[7]})",
                          R"({"tenant":"B1/L1","phones":["client:3001234599"]})"}) {
    INFO(row);
    CHECK(put(row) == 400);
  }
  CHECK(fixture.commands.empty());
}

TEST_CASE("what a person's row says of calling them is understood or refused before it is in the log") {
  ApiFixture fixture;
  auto put = [&](const char* row) { return fixture.send("PUT", "/api/v1/contacts/c", row, "operator"); };
  const std::pair<const char*, const char*> wrong[] = {
      {R"({"do_not_call":"true"})", "body: do_not_call: found \"true\", expected true or false"},
      {R"({"consent":"no"})", "body: consent: found \"no\", expected an object"},
      {R"({"consent":{"call":"no"}})", "body: consent.call: found \"no\", expected true or false"},
      {R"({"consent":{"call":true,"sms":0}})", "body: consent.sms: found 0, expected true or false"},
      {R"({"timezone":"Europe/Bucuresti"})", "body: timezone: found \"Europe/Bucuresti\", expected an IANA time zone"},
  };
  for (const auto& [row, error] : wrong) {
    INFO(row);
    Reply reply = put(row);
    CHECK(reply.status == 400);
    CHECK_THAT(reply.json["detail"].get<std::string>(), Catch::StartsWith(error));
  }
  CHECK(fixture.commands.empty());
  CHECK(put(R"({"do_not_call":null,"consent":null,"timezone":null})").status == 200);
  CHECK(put(R"({"consent":{"call":true,"sms":false,"fax":null},"timezone":"Europe/Bucharest"})").status == 200);
  CHECK(fixture.send("PUT", "/api/v1/agents/a", R"({"timezone":"our time"})", "operator").status == 200);
}

TEST_CASE("a person or an agent of what is no tenant is refused before it is in the log") {
  ApiFixture fixture;
  for (const char* path : {"/api/v1/agents/g", "/api/v1/contacts/c"}) {
    INFO(path);
    for (const char* wrong : {"notatenant", "a/", "/b", "a/b/c", "a b/c"}) {
      INFO(wrong);
      Reply reply = fixture.send("PUT", path, dump(Json{{"tenant", wrong}}), "operator");
      CHECK(reply.status == 400);
      CHECK(reply.json["detail"].get<std::string>().find("expected business/location") != std::string::npos);
    }
    CHECK(fixture.commands.empty());
    CHECK(fixture.send("PUT", path, R"({"tenant":"B1/L1"})", "operator").status == 200);
    CHECK(fixture.send("PUT", path, "{}", "operator").status == 200);
    fixture.commands.clear();
  }
}

TEST_CASE("the engine says how many timers are set, how many tasks are due and how much comes in") {
  ApiFixture fixture(60'000, [](ApiParts& parts) { parts.records_per_second = [] { return 2.5; }; });
  fixture.write([](Writer& writer) {
    for (const char* key : {"a", "b", "c"}) set_timer(writer, {.key = key, .due_ms = kNow + 1'000, .name = "x"});
    Task task{.next_ms = kNow};
    for (const char* id : {"now", "later", "done"}) {
      task.id = id;
      task.next_ms = task.id == "later" ? kNow + 1 : kNow;
      task.status = task.id == "done" ? TaskStatus::completed : TaskStatus::scheduled;
      put_task(writer, task);
    }
  });
  Json status = fixture.get("/api/v1/status").json;
  CHECK(status["timers"] == 3);
  CHECK(status["tasks_due"] == 1);
  CHECK(status["records_per_second"] == 2.5);
  fixture.clock().set_ms(kNow + 1);
  CHECK(fixture.get("/api/v1/status").json["tasks_due"] == 2);
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
