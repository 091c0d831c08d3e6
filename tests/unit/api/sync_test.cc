// /sync: what is asked for, what is shown, and to whom.
#include <catch2/catch.hpp>

#include "engine/state/syncs.h"
#include "tests/unit/api/api_fixture.h"

namespace hookswitch::test {
namespace {

Sync made(uint64_t seq, const std::string& source, SyncStatus status) {
  Sync sync;
  sync.id = sync_id_of(seq);
  sync.source = source;
  sync.resource = "conversations";
  sync.by = "admin";
  sync.status = status;
  sync.total = 30;
  sync.created = 4;
  sync.updated = 1;
  sync.skipped = 24;
  sync.failed = 1;
  sync.reason = "one could not be read";
  sync.made_ms = sync.started_ms = kNow;
  if (is_final(status)) sync.ended_ms = kNow + 5'000;
  return sync;
}

}  // namespace

TEST_CASE("a sync is asked for with times in either form, and becomes a command") {
  ApiFixture fixture;
  fixture.command_answer.status = 202;
  Reply reply = fixture.send(
      "POST", "/api/v1/sync",
      R"({"source":"elevenlabs","from":"2025-02-14T00:00:00Z","to":"1739537297000","agent_id":"xyz"})", "operator");
  CHECK(reply.status == 202);
  REQUIRE(fixture.commands.size() == 1);
  CHECK(fixture.commands[0].name == "sync.start");
  CHECK(fixture.commands[0].body == Json{{"source", "elevenlabs"},
                                         {"resource", ""},
                                         {"from_ms", 1'739'491'200'000},
                                         {"to_ms", 1'739'537'297'000},
                                         {"filter", {{"agent_id", "xyz"}}}});
  CHECK(fixture.send("POST", "/api/v1/sync/syn_1/cancel", "", "operator").status == 202);
  CHECK(fixture.commands.back().name == "sync.cancel");
  CHECK(fixture.commands.back().body["id"] == "syn_1");
}

TEST_CASE("a sync that is asked for wrongly is refused before anything is kept, and the answer names the field") {
  ApiFixture fixture;
  for (auto [body, names] :
       {std::pair{R"({})", "source"}, std::pair{R"({"source":7})", "source"},
        std::pair{R"({"source":"a","from":"soon"})", "from"}, std::pair{R"({"source":"a","to":"later"})", "to"},
        std::pair{R"({"source":"a","colour":"red"})", "colour"}, std::pair{R"([1])", "object"}}) {
    Reply reply = fixture.send("POST", "/api/v1/sync", body);
    INFO(body << " -> " << reply.text);
    CHECK(reply.status == 400);
    CHECK_THAT(reply.text, Catch::Contains(names));
  }
  CHECK(fixture.commands.empty());
}

TEST_CASE("a sync shows how far it has come, and lists can be of one source") {
  ApiFixture fixture;
  fixture.write([](Writer& writer) {
    put_sync(writer, made(1, "elevenlabs", SyncStatus::done));
    put_sync(writer, made(2, "twilio", SyncStatus::running));
    put_sync(writer, made(3, "elevenlabs", SyncStatus::failed));
  });
  Json one = fixture.get("/api/v1/sync/" + sync_id_of(1)).json;
  CHECK((one["synced"] == 5 && one["created"] == 4 && one["updated"] == 1 && one["skipped"] == 24));
  CHECK((one["total"] == 30 && one["failed"] == 1 && one["status"] == "done"));
  CHECK(one["ended_at"] == "2025-02-14T12:48:22Z");
  CHECK(fixture.get("/api/v1/sync/syn_nobody").status == 404);
  Json all = fixture.get("/api/v1/sync").json["data"];
  REQUIRE(all.size() == 3);
  CHECK(all[0]["id"] == sync_id_of(3));
  CHECK(fixture.get("/api/v1/sync?source=twilio").json["data"].size() == 1);
  Json first = fixture.get("/api/v1/sync?limit=2").json;
  CHECK(first["data"].size() == 2);
  CHECK(fixture.get("/api/v1/sync?limit=2&cursor=" + first["next_cursor"].get<std::string>()).json["data"].size() == 1);
}

TEST_CASE("syncs are for operators, and not for those who may see one tenant") {
  ApiFixture fixture;
  CHECK(fixture.send("POST", "/api/v1/sync", R"({"source":"a"})", "viewer").status == 403);
  CHECK(fixture.send("POST", "/api/v1/sync", R"({"source":"a"})", "bound_admin").status == 403);
  CHECK(fixture.send("POST", "/api/v1/sync/x/cancel", "", "viewer").status == 403);
  CHECK(fixture.get("/api/v1/sync", "bound").status == 403);
  CHECK(fixture.get("/api/v1/sync", "viewer").status == 200);
  CHECK(fixture.get("/api/v1/sync", "").status == 401);
  CHECK(fixture.commands.empty());
}

}  // namespace hookswitch::test
