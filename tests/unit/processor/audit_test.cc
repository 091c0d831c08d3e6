// What the audit trail says of commands.
#include <catch2/catch.hpp>

#include "engine/state/audit.h"
#include "tests/support/in_process.h"

using namespace hookswitch;
using namespace hookswitch::test;

namespace {

// As the API would log it.
void ask(InProcess& engine, const std::string& name, const Json& body, const std::string& by = "jwt:ana") {
  NewRecord record;
  record.kind = RecordKind::command;
  record.time_ms = engine.clock().now_ms();
  record.headers = {{":name", name}, {":by", by}, {":from", "203.0.113.9"}};
  record.body = dump(body);
  REQUIRE(engine.log().append_and_wait(std::move(record)));
  engine.settle();
}

std::vector<Json> rows(InProcess& engine) {
  auto reader = engine.store().read();
  REQUIRE(reader);
  auto page = audit_page(**reader, {}, "", 50);
  REQUIRE(page);
  return page->rows;
}

}  // namespace

TEST_CASE("a change is noted with who, what, from where, and without what was said") {
  InProcess engine;
  ask(engine, "contact.put",
      {{"id", "p1"}, {"tenant", "B1/L1"}, {"row", {{"name", "Secret Name"}, {"phones", {"+40721234567"}}}}});
  auto audit = rows(engine);
  REQUIRE(audit.size() == 1);
  CHECK(audit[0]["by"] == "jwt:ana");
  CHECK(audit[0]["from"] == "203.0.113.9");
  CHECK(audit[0]["command"] == "contact.put");
  CHECK(audit[0]["target"] == "p1");
  CHECK(audit[0]["tenant"] == "B1/L1");
  CHECK((audit[0]["status"] == 201 && audit[0]["done"] == true));
  CHECK(dump(audit[0]).find("Secret") == std::string::npos);
}

TEST_CASE("a token's making is noted by its id, and neither its secret nor its hash") {
  InProcess engine;
  std::string hash(64, 'a');
  ask(engine, "token.create", {{"id", "tok_1"}, {"hash", hash}, {"role", "admin"}, {"tenant", ""}}, "cli");
  auto audit = rows(engine);
  REQUIRE(audit.size() == 1);
  CHECK(audit[0]["target"] == "tok_1");
  CHECK(dump(audit[0]).find(hash) == std::string::npos);
}

TEST_CASE("what was made is named by its new id, what was refused by what was asked for") {
  InProcess engine;
  ask(engine, "task.create", {{"tenant", "B1/L1"}, {"wish", {{"to", "+40721234567"}, {"due_at", 1'900'000'000'000}}}});
  ask(engine, "task.cancel", {{"id", "task_none"}, {"tenant", "B1/L1"}});
  auto audit = rows(engine);
  REQUIRE(audit.size() == 2);
  CHECK(audit[1]["target"].get<std::string>().size() > 4);
  CHECK((audit[0]["target"] == "task_none" && audit[0]["status"] == 404 && audit[0]["done"] == false));
}

TEST_CASE("the same request again by its key is no second change, and the engine's own notes are none") {
  InProcess engine;
  for (int i = 0; i < 2; ++i) {
    NewRecord record;
    record.kind = RecordKind::command;
    record.time_ms = engine.clock().now_ms();
    record.headers = {{":name", "contact.put"}, {":by", "ana"}, {":key", "k1"}};
    record.body = dump(Json{{"id", "p1"}, {"row", {{"name", "A"}}}});
    REQUIRE(engine.log().append_and_wait(std::move(record)));
  }
  ask(engine, "sync.note", {{"id", "sync_1"}}, "sync");
  ask(engine, "refusal.redrive", {{"source", "twilio"}});
  auto audit = rows(engine);
  REQUIRE(audit.size() == 2);
  CHECK((audit[0]["command"] == "refusal.redrive" && audit[0]["target"] == "twilio" && audit[0]["status"] == 200));
  CHECK(audit[1]["command"] == "contact.put");
}
