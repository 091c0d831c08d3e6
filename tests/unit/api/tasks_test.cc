// Tasks, the do-not-call list and campaigns over HTTP: what is wrong is refused before anything is logged.
#include "engine/state/tasks.h"
#include "engine/state/campaigns.h"
#include "engine/state/suppressions.h"
#include "tests/unit/api/api_fixture.h"

using namespace hookswitch;
using namespace hookswitch::test;

namespace {

Task a_task(const std::string& key, TaskStatus status, int64_t next_ms, const std::string& tenant = "B1/L1") {
  Task task;
  task.id = task_id_of(tenant, key);
  task.key = key;
  task.tenant = tenant;
  task.to = "+40721234567";
  task.status = status;
  task.next_ms = next_ms;
  task.created_ms = task.updated_ms = kNow;
  return task;
}

std::vector<std::string> keys(const Reply& reply) {
  std::vector<std::string> out;
  for (const Json& task : reply.json["data"]) out.push_back(task["key"]);
  return out;
}

}  // namespace

TEST_CASE("tasks are listed by status in due order, and only one's own") {
  ApiFixture fixture;
  fixture.write([](Writer& writer) {
    put_task(writer, a_task("later", TaskStatus::scheduled, kNow + 2'000));
    put_task(writer, a_task("soon", TaskStatus::scheduled, kNow + 1'000));
    put_task(writer, a_task("over", TaskStatus::completed, 0));
    put_task(writer, a_task("other", TaskStatus::scheduled, kNow, "B2/L1"));
  });
  CHECK(keys(fixture.get("/api/v1/tasks?status=scheduled")) == std::vector<std::string>{"other", "soon", "later"});
  CHECK(keys(fixture.get("/api/v1/tasks?status=scheduled", "bound")) == std::vector<std::string>{"soon", "later"});
  CHECK(fixture.get("/api/v1/tasks").json["data"].size() == 4);
  CHECK(fixture.get("/api/v1/tasks?status=gone").status == 400);
  Reply page = fixture.get("/api/v1/tasks?status=scheduled&limit=2");
  std::string cursor = page.json["next_cursor"];
  CHECK(keys(fixture.get("/api/v1/tasks?status=scheduled&limit=2&cursor=" + cursor)) ==
        std::vector<std::string>{"later"});
  CHECK(fixture.get("/api/v1/tasks/" + task_id_of("B2/L1", "other")).status == 200);
  CHECK(fixture.get("/api/v1/tasks/" + task_id_of("B2/L1", "other"), "bound").status == 404);
}

TEST_CASE("a task that moved is listed where it is now") {
  ApiFixture fixture;
  fixture.write([](Writer& writer) {
    put_task(writer, a_task("k", TaskStatus::scheduled, kNow));
    put_task(writer, a_task("k", TaskStatus::in_progress, 0));
  });
  CHECK(keys(fixture.get("/api/v1/tasks?status=scheduled")).empty());
  CHECK(keys(fixture.get("/api/v1/tasks?status=in_progress")) == std::vector<std::string>{"k"});
  CHECK(fixture.get("/api/v1/tasks").json["data"].size() == 1);
}

TEST_CASE("a task is scheduled by a command with its wish in one form") {
  ApiFixture fixture;
  Reply reply = fixture.send(
      "POST", "/api/v1/tasks",
      R"({"to":"+40 721 234 567","due_at":"2025-02-15T09:00:00Z","kind":"check_in","tenant":"B1/L1"})", "operator");
  CHECK(reply.status == 200);
  REQUIRE(fixture.commands.size() == 1);
  CHECK(fixture.commands[0].name == "task.create");
  CHECK(fixture.commands[0].body ==
        Json{{"tenant", "B1/L1"},
             {"wish", {{"to", "+40721234567"}, {"due_at", 1'739'610'000'000}, {"kind", "check_in"}}}});
}

TEST_CASE("a task that makes no sense is refused and nothing is logged") {
  ApiFixture fixture;
  const std::pair<const char*, const char*> kMistakes[] = {
      {R"({})", "to:"},
      {R"({"to":"12"})", "expected a telephone number"},
      {R"({"to":"+40721234567","due_at":"soon"})", "due_at"},
      {R"({"to":"+40721234567","channel":"sms"})", "body:"},
      {R"({"to":"+40721234567","wen":1})", "unknown field"},
      {R"({"to":"+40721234567","window":{"days":"mon-"}})", "window"},
      {R"({"to":"+40721234567","retry":{"attempts":1000}})", "retry.attempts"},
  };
  for (const auto& [body, detail] : kMistakes) {
    Reply reply = fixture.send("POST", "/api/v1/tasks", body);
    INFO(body << " " << reply.text);
    CHECK(reply.status == 400);
    CHECK(reply.text.find(detail) != std::string::npos);
  }
  CHECK(fixture.send("POST", "/api/v1/tasks", R"({"to":"+40721234567"})", "viewer").status == 403);
  CHECK(fixture.send("POST", "/api/v1/tasks", R"({"to":"+40721234567","tenant":"B2/L1"})", "bound_admin").status ==
        403);
  CHECK(fixture.send("PATCH", "/api/v1/tasks/x", R"({"status":"asleep"})").status == 400);
  CHECK(fixture.send("PATCH", "/api/v1/tasks/x", R"({"key":"other"})").status == 400);
  CHECK(fixture.commands.empty());
}

TEST_CASE("changes of a task are commands that say who may") {
  ApiFixture fixture;
  fixture.send("PATCH", "/api/v1/tasks/task_1", R"({"status":"scheduled","due_at":1739610000000})", "bound_admin");
  fixture.send("DELETE", "/api/v1/tasks/task_1", "");
  REQUIRE(fixture.commands.size() == 2);
  CHECK(fixture.commands[0].name == "task.update");
  CHECK(fixture.commands[0].body["tenant"] == "B1/L1");
  CHECK(fixture.commands[0].body["status"] == "scheduled");
  CHECK(fixture.commands[1].name == "task.cancel");
  CHECK(fixture.commands[1].body == Json{{"tenant", ""}, {"id", "task_1"}});
}

TEST_CASE("the do-not-call list is read and changed") {
  ApiFixture fixture;
  fixture.write([](Writer& writer) {
    put_suppression(writer, {"+40721234567", "B1/L1", "asked us to", 0, kNow});
    put_suppression(writer, {"+40721234568", "", "", kNow + 1, kNow});
  });
  CHECK(fixture.get("/api/v1/suppressions").json["data"].size() == 2);
  CHECK(fixture.get("/api/v1/suppressions", "bound").json["data"].size() == 1);
  CHECK(fixture.send("PUT", "/api/v1/suppressions/%2B40721234569", R"({"reason":"x","until":"2026-01-01"})").status ==
        200);
  CHECK(fixture.send("PUT", "/api/v1/suppressions/12", R"({})").status == 400);
  CHECK(fixture.send("PUT", "/api/v1/suppressions/%2B40721234569", R"({"until":"later"})").status == 400);
  CHECK(fixture.send("DELETE", "/api/v1/suppressions/%2B40721234569", "", "bound_admin").status == 200);
  CHECK(fixture.commands.back().body["tenant"] == "B1/L1");
  CHECK(fixture.send("DELETE", "/api/v1/suppressions/%2B40721234569?tenant=B2/L1", "").status == 200);
  CHECK(fixture.commands.back().body["tenant"] == "B2/L1");
  CHECK(fixture.send("DELETE", "/api/v1/suppressions/%2B40721234569?tenant=B2/L1", "", "bound_admin").status == 403);
  CHECK(fixture.send("DELETE", "/api/v1/suppressions/%2B40721234569", R"({"tenant":"B2/L1"})").status == 400);
  REQUIRE(fixture.commands.size() == 3);
  CHECK(fixture.commands[0].body ==
        Json{{"tenant", ""}, {"phone", "+40721234569"}, {"reason", "x"}, {"until", 1'767'225'600'000}});
}

TEST_CASE("a campaign is begun from JSON or CSV, with its bad rows told") {
  ApiFixture fixture;
  fixture.command_answer = {201, {{"Content-Type", "application/json"}}, R"({"id":"cmp_1"})"};
  Reply json =
      fixture.send("POST", "/api/v1/campaigns",
                   R"({"name":"a","per_minute":3,"kind":"reminder","contacts":[{"to":"+40721234567"},{"to":"x"}]})");
  CHECK(json.status == 201);
  CHECK((json.json["accepted"] == 1 && json.json["rejected_count"] == 1 && json.json["rejected"][0]["line"] == 2));
  CHECK(json.json["campaign"]["id"] == "cmp_1");
  Reply csv = fixture.send("POST", "/api/v1/campaigns?name=b&concurrency=2&paused=true&tenant=B1/L1",
                           "phone,name\n+40721234567,Ana\n+4072,Bad\n", "operator", {{"content-type", "text/csv"}});
  CHECK(csv.status == 201);
  CHECK(csv.json["rejected"][0]["line"] == 3);
  REQUIRE(fixture.commands.size() == 2);
  CHECK(fixture.commands[0].body["task"] == Json{{"kind", "reminder"}});
  CHECK(fixture.commands[0].body["per_minute"] == 3);
  CHECK(fixture.commands[1].body["people"] ==
        Json::array({{{"to", "+40721234567"}, {"variables", {{"name", "Ana"}}}}}));
  CHECK((fixture.commands[1].body["concurrency"] == 2 && fixture.commands[1].body["paused"] == true));
  CHECK(fixture.commands[1].body["tenant"] == "B1/L1");
}

TEST_CASE("a campaign that is only logged is answered as such, with its bad rows beside") {
  ApiFixture fixture;
  fixture.write([](Writer& writer) {
    Campaign campaign;
    campaign.id = "cmp_1";
    put_campaign(writer, campaign);
  });
  fixture.command_answer = {202, {{"Content-Type", "application/json"}}, R"({"accepted":true,"seq":5})"};
  const std::string people = R"("contacts":[{"to":"+40721234567"},{"to":"x"}]})";
  for (const Reply& reply : {fixture.send("POST", "/api/v1/campaigns", R"({"name":"a",)" + people),
                             fixture.send("POST", "/api/v1/campaigns/cmp_1/contacts", "{" + people)}) {
    INFO(reply.text);
    CHECK(reply.status == 202);
    CHECK((reply.json["accepted"] == true && reply.json["seq"] == 5));
    CHECK(!reply.json.contains("campaign"));
    CHECK((reply.json["rejected_count"] == 1 && reply.json["rejected"][0]["line"] == 2));
  }
}

TEST_CASE("people whom a campaign has already are told as bad rows of a further list, by line") {
  ApiFixture fixture;
  fixture.write([](Writer& writer) {
    Campaign campaign;
    campaign.id = "cmp_1";
    put_campaign(writer, campaign);
  });
  fixture.command_answer = {200, {{"Content-Type", "application/json"}}, R"({"id":"cmp_1","again":[0,2]})"};
  Reply reply = fixture.send(
      "POST", "/api/v1/campaigns/cmp_1/contacts",
      R"({"contacts":[{"to":"+40721234567"},{"to":"x"},{"to":"+40721234568"},{"to":"+40721234569"}]})");
  INFO(reply.text);
  CHECK(reply.json["campaign"] == Json{{"id", "cmp_1"}});
  CHECK((reply.json["accepted"] == 1 && reply.json["rejected_count"] == 3));
  const std::string reason = "the same as one in the campaign";
  CHECK(reply.json["rejected"] == Json{{{"line", 1}, {"reason", reason}},
                                       {{"line", 2}, {"reason", "\"x\" is no telephone number"}},
                                       {{"line", 4}, {"reason", reason}}});
}

TEST_CASE("a campaign's pace, hours and name can be changed, and nothing else") {
  ApiFixture fixture;
  Reply reply = fixture.send("PATCH", "/api/v1/campaigns/cmp_1",
                             R"({"name":"quick","per_minute":30,"concurrency":2,"window":"any"})", "operator");
  CHECK(reply.status == 200);
  REQUIRE(fixture.commands.size() == 1);
  CHECK(fixture.commands[0].name == "campaign.change");
  CHECK(fixture.commands[0].body == Json{{"tenant", ""},
                                         {"id", "cmp_1"},
                                         {"name", "quick"},
                                         {"per_minute", 30},
                                         {"concurrency", 2},
                                         {"task", {{"window", "any"}}}});
  for (const char* body : {R"({"per_minute":0})", R"({"concurrency":1.5})", R"({"window":{"days":"never"}})",
                           R"({"name":""})", R"({"channel":"sms"})", R"({"stop":{"after":0}})"}) {
    INFO(body);
    CHECK(fixture.send("PATCH", "/api/v1/campaigns/cmp_1", body).status == 400);
  }
  CHECK(fixture.send("PATCH", "/api/v1/campaigns/cmp_1", R"({"per_minute":5})", "viewer").status == 403);
  CHECK(fixture.commands.size() == 1);
}

TEST_CASE("a campaign that makes no sense is refused and nothing is logged") {
  ApiFixture fixture;
  for (const char* body :
       {R"({"contacts":[]})", R"({"name":""})", R"({"name":"a","per_minute":0})", R"({"name":"a","concurrency":1.5})",
        R"({"name":"a","contacts":{}})", R"({"name":"a","stop":{"share":1}})", R"({"name":"a","to":"+40721234567"})",
        R"({"name":"a","window":7})"}) {
    Reply reply = fixture.send("POST", "/api/v1/campaigns", body);
    INFO(body << " " << reply.text);
    CHECK(reply.status == 400);
  }
  CHECK(
      fixture.send("POST", "/api/v1/campaigns?name=a", "name\nAna\n", "admin", {{"content-type", "text/csv"}}).status ==
      400);
  CHECK(fixture.send("POST", "/api/v1/campaigns/none/contacts", R"({"contacts":[]})").status == 404);
  CHECK(fixture.commands.empty());
}

TEST_CASE("a long list is taken, a longer one is not") {
  ApiFixture fixture;
  std::string rows = "contact_id,note\n";
  while (rows.size() + 40 < limits::kCampaignBodyBytes / 4)
    rows += fmt::format("p{:020},nothing at all\n", rows.size());
  Reply taken = fixture.send("POST", "/api/v1/campaigns?name=a", rows, "admin", {{"content-type", "text/csv"}});
  CHECK(taken.status == (rows.size() / 37 > limits::kCampaignContacts ? 413 : 200));
  rows.append(limits::kCampaignBodyBytes, ' ');
  CHECK(fixture.send("POST", "/api/v1/campaigns?name=a", rows, "admin", {{"content-type", "text/csv"}}).status == 413);
}
