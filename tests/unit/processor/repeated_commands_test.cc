// What a command does that was given before: the same request again, and a row that replaces another.
#include <catch2/catch.hpp>

#include "engine/processor/belonging.h"
#include "engine/processor/command.h"
#include "engine/processor/command_check.h"
#include "engine/state/agents.h"
#include "engine/state/audit.h"
#include "engine/state/tasks.h"
#include "engine/state/tokens.h"
#include "tests/support/in_process.h"

using namespace hookswitch;
using namespace hookswitch::test;

namespace {

// What the command with this Idempotency-Key is answered.
Answer ask(InProcess& engine, const std::string& name, const Json& body, const std::string& key) {
  NewRecord record;
  record.kind = RecordKind::command;
  record.time_ms = engine.clock().now_ms();
  record.headers = {{":name", name}, {":by", "cli"}, {":key", key}};
  record.body = dump(body);
  auto seq = engine.log().append_and_wait(std::move(record));
  REQUIRE(seq);
  Answer out;
  engine.settle();
  engine.answers().wait(*seq, engine.clock().steady_us() + 1'000'000, [&](std::optional<Answer> answer) {
    REQUIRE(answer);
    out = *answer;
  });
  return out;
}

}  // namespace

TEST_CASE("the same wish for a token again by its key is answered with the token that was made") {
  InProcess engine;
  auto wish = [](const std::string& id, const std::string& role) {
    return Json{{"id", id}, {"hash", std::string(64, id.back())}, {"role", role}, {"tenant", ""}};
  };
  Answer first = ask(engine, "token.create", wish("tok_1", "viewer"), "k1");
  CHECK(first.status == 201);
  Answer second = ask(engine, "token.create", wish("tok_2", "viewer"), "k1");
  CHECK(second.status == 201);
  CHECK(second.body == first.body);
  CHECK(ask(engine, "token.create", wish("tok_3", "admin"), "k1").status == 422);
  auto reader = engine.store().read();
  REQUIRE(reader);
  CHECK(find_token(**reader, "tok_1"));
  CHECK_FALSE(find_token(**reader, "tok_2"));
  CHECK_FALSE(find_token(**reader, "tok_3"));
}

TEST_CASE("what is asked for without a key has ids that nobody can guess, and with one the key's") {
  InProcess engine;
  auto made = [&](const std::string& what, const Json& wish, const Headers& more) {
    Headers headers{{":name", what}, {":by", "cli"}};
    headers.insert(headers.end(), more.begin(), more.end());
    std::string block = encode_headers(headers), id;
    REQUIRE(engine.store().write([&](Writer& writer) -> Status {
      RecordView record;
      record.seq = 7;
      record.header_block = block;
      bool task = what == "task.create";
      const Json body = task ? Json{{"tenant", "B1/L1"}, {"wish", wish}} : wish;
      Commands commands = task ? task_commands() : campaign_commands();
      id = json_text(parse_json(commands.at(what)({writer, record, engine.sources(), engine.directory()}, body).body),
                     "id");
      return {};
    }));
    return id;
  };
  auto salted = [](const std::string& salt, const std::string& key) {
    Headers headers = checked_headers("task.create", "twilio");
    headers.emplace_back(":salt", salt);
    if (!key.empty()) headers.emplace_back(":key", key);
    return headers;
  };
  const Json call{{"to", "+40721234567"}, {"source", "twilio"}};
  const Json campaign{{"tenant", "B1/L1"}, {"task", {{"source", "twilio"}}}, {"people", {{{"to", "+40721234567"}}}}};
  for (const auto& [what, wish] : {std::pair{"task.create", call}, std::pair{"campaign.create", campaign}}) {
    INFO(what);
    const std::string id = made(what, wish, salted("a1", ""));
    CHECK(id.size() > 20);
    CHECK(made(what, wish, salted("b2", "")) != id);
    CHECK(made(what, wish, {}) != id);
    CHECK(made(what, wish, {{":salt", "a1"}}) == made(what, wish, {}));  // as a log of before gave it
    CHECK(made(what, wish, salted("a1", "k")) == made(what, wish, salted("b2", "k")));
  }
  CHECK(made("task.create", call, {{":salt", "a1"}}) == task_id_of("B1/L1", "command/7"));
  Json named = call;
  named["key"] = "checkin:7";
  CHECK(made("task.create", named, salted("a1", "")) == task_id_of("B1/L1", "checkin:7"));
}

TEST_CASE("an agent that is put with another source is that one alone") {
  InProcess engine;
  auto put = [&](const Json& row) { return ask(engine, "agent.put", {{"id", "g1"}, {"row", row}}, "").status; };
  CHECK(put({{"source", "elevenlabs"}, {"tenant", "B1/L1"}}) == 201);
  CHECK(put({{"source", "twilio"}, {"tenant", "B1/L1"}}) == 200);
  {
    auto reader = engine.store().read();
    REQUIRE(reader);
    REQUIRE(agents_of(**reader, "g1").size() == 1);
    CHECK(agents_of(**reader, "g1")[0]["source"] == "twilio");
    CHECK_FALSE(find_agent(**reader, "elevenlabs", "g1"));
  }
  CHECK(put({{"tenant", "B1/L1"}}) == 200);
  CHECK(ask(engine, "agent.delete", {{"id", "g1"}}, "").status == 200);
  auto reader = engine.store().read();
  REQUIRE(reader);
  CHECK(agents_of(**reader, "g1").empty());
}

TEST_CASE("tenants that have agents of one id put and remove their own alone") {
  InProcess engine;
  engine.set_owner("elevenlabs", "B1/L1");
  engine.set_owner("twilio", "B2/L1");
  auto agents = [&] {
    Json out = Json::object();
    auto reader = engine.store().read();
    for (const Json& row : agents_of(**reader, "xyz")) out[json_text(row, "source")] = row["tenant"];
    return out;
  };
  auto put = [&](const std::string& bound, const Json& row) {
    return ask(engine, "agent.put", {{"id", "xyz"}, {"tenant", bound}, {"row", row}}, "").status;
  };
  auto remove = [&](const std::string& bound) {
    return ask(engine, "agent.delete", {{"id", "xyz"}, {"tenant", bound}}, "").status;
  };
  const Json both{{"elevenlabs", "B1/L1"}, {"twilio", "B2/L1"}};
  // Whoever is bound to no tenant says whose each is, and replaces neither by the other.
  CHECK(put("", {{"source", "twilio"}, {"tenant", "B2/L1"}}) == 201);
  CHECK(put("", {{"source", "elevenlabs"}, {"tenant", "B1/L1"}}) == 201);
  CHECK(put("", {{"source", "elevenlabs"}, {"tenant", "B1/L1"}}) == 200);
  CHECK(agents() == both);
  CHECK(put("B2/L1", {{"source", "twilio"}}) == 200);
  CHECK(put("B1/L1", {{"source", "elevenlabs"}}) == 200);
  CHECK(put("B1/L1", {{"source", "twilio"}}) == 400);
  CHECK(agents() == both);
  CHECK(remove("B2/L1") == 200);
  CHECK(remove("B2/L1") == 404);
  CHECK(agents() == Json{{"elevenlabs", "B1/L1"}});
  CHECK(put("", {{"source", "elevenlabs"}, {"tenant", "B2/L1"}}) == 200);
  CHECK(agents() == Json{{"elevenlabs", "B2/L1"}});
}

TEST_CASE("an agent that is given to another tenant is no longer the former one's, and can be removed") {
  InProcess engine;
  auto put = [&](const Json& row) { return ask(engine, "agent.put", {{"id", "g1"}, {"row", row}}, "").status; };
  auto owner = [&](const char* source) {
    auto row = find_agent(**engine.store().read(), source, "g1");
    return row ? json_text(*row, "tenant") : "";
  };
  REQUIRE(put({{"source", "elevenlabs"}, {"tenant", "B1/L1"}}) == 201);
  CHECK(put({{"tenant", "B2/L1"}}) == 200);
  CHECK(owner("elevenlabs") == "B2/L1");
  // One source's may be somebody else's than all others'.
  CHECK(put({{"source", "twilio"}, {"tenant", "B1/L1"}}) == 201);
  CHECK(owner("elevenlabs") == "B2/L1");
  CHECK(owner("twilio") == "B1/L1");
  CHECK(ask(engine, "agent.delete", {{"id", "g1"}}, "").status == 200);
  CHECK(agents_of(**engine.store().read(), "g1").empty());
  CHECK(ask(engine, "agent.delete", {{"id", "g1"}}, "").status == 404);
}

TEST_CASE("an agent of nobody that a tenant put first is given to another by who is bound to no tenant") {
  InProcess engine;
  auto put = [&](const std::string& bound, const Json& row) {
    return ask(engine, "agent.put", {{"id", "g1"}, {"tenant", bound}, {"row", row}}, "").status;
  };
  auto other_than = [&](const char* tenant) {
    return other_owner_of_agent(**engine.store().read(), engine.directory(), tenant, "g1");
  };
  REQUIRE(put("B1/L1", {{"source", "elevenlabs"}}) == 201);
  CHECK(put("B2/L1", {{"source", "elevenlabs"}}) == 404);
  CHECK(other_than("B2/L1") == "B1/L1");

  CHECK(put("", {{"source", "elevenlabs"}, {"tenant", "B2/L1"}}) == 200);
  CHECK(other_than("B2/L1").empty());
  CHECK(other_than("B1/L1") == "B2/L1");
  CHECK(put("B1/L1", {{"source", "elevenlabs"}}) == 404);

  CHECK(put("", {{"source", "elevenlabs"}, {"tenant", nullptr}}) == 200);
  CHECK(other_than("B1/L1").empty());
  CHECK(other_than("B2/L1").empty());
  CHECK(ask(engine, "agent.delete", {{"id", "g1"}}, "").status == 200);
  CHECK(put("B2/L1", {{"source", "elevenlabs"}}) == 201);
}

TEST_CASE("whose an agent is by the configuration stands above a row that another tenant put before") {
  InProcess engine;  // agent xyz of elevenlabs is B1/L1's
  const std::string source = GENERATE("elevenlabs", "");
  REQUIRE(engine.store().write([&](Writer& writer) {
    return put_agent(writer, {{"id", "xyz"}, {"source", source}, {"tenant", "B2/L1"}});
  }));
  auto other_than = [&](const char* tenant) {
    return other_owner_of_agent(**engine.store().read(), engine.directory(), tenant, "xyz");
  };
  auto put = [&](const std::string& bound) {
    return ask(engine, "agent.put", {{"id", "xyz"}, {"tenant", bound}, {"row", {{"source", "elevenlabs"}}}}, "").status;
  };
  CHECK(other_than("B1/L1").empty());
  CHECK(other_than("B2/L1") == "B1/L1");
  CHECK(put("B2/L1") == 404);
  CHECK(put("B1/L1") == (source.empty() ? 201 : 200));
  CHECK(find_agent(**engine.store().read(), "elevenlabs", "xyz")->at("tenant") == "B1/L1");
}

TEST_CASE("a tenant's agent of an id that another has too does not take the other's place") {
  InProcess engine;
  auto put = [&](const std::string& bound, const Json& row) {
    return ask(engine, "agent.put", {{"id", "xyz"}, {"tenant", bound}, {"row", row}}, "").status;
  };
  REQUIRE(put("", {{"source", "twilio"}, {"tenant", "B2/L1"}}) == 201);
  CHECK(put("B1/L1", {{"source", "twilio"}}) == 404);  // the configuration gives it an agent of this id
  CHECK(put("B1/L1", {{"source", "elevenlabs"}}) == 201);
  auto reader = engine.store().read();
  CHECK(agents_of(**reader, "xyz").size() == 2);
}
