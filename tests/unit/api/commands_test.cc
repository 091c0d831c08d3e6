#include <chrono>
#include <future>

#include "engine/api/command_log.h"
#include "engine/api/problem.h"
#include "engine/base/hash.h"
#include "engine/state/dead.h"
#include "tests/unit/api/api_fixture.h"

using namespace hookswitch;
using namespace hookswitch::test;

namespace {

// Answers as the processor does: the same request again with its key is about the token that was made first.
struct MadeTokens {
  std::vector<Command> commands;
  ApiFixture fixture{60'000, [this](ApiParts& parts) {
                       parts.submit = [this](Command command, auto done) {
                         commands.push_back(std::move(command));
                         done(json_answer({{"id", commands[0].body["id"]}}, 201));
                       };
                     }};
};

}  // namespace

TEST_CASE("a token is made by a command that holds its hash, and only the answer holds its secret") {
  MadeTokens made;
  Reply reply = made.fixture.send("POST", "/api/v1/tokens", R"({"role":"operator","tenant":"B1/L1","name":"ci"})");
  REQUIRE(reply.status == 201);
  std::string secret = reply.json["token"];
  CHECK(secret.starts_with("hs_"));
  CHECK(secret.size() == 67);
  REQUIRE(made.commands.size() == 1);
  const Command& command = made.commands[0];
  CHECK(command.name == "token.create");
  CHECK(command.by == "admin");
  CHECK(command.body["hash"] == sha256_hex(secret));
  CHECK(command.body["role"] == "operator");
  CHECK(command.body["tenant"] == "B1/L1");
  CHECK(command.body["id"].get<std::string>().starts_with("ci_"));
  CHECK(dump(command.body).find(secret) == std::string::npos);
}

TEST_CASE("the answer to a repeated request for a token has its row and no secret, for nobody has that of the first") {
  MadeTokens made;
  const HeaderList key{{"idempotency-key", "k1"}};
  Reply first = made.fixture.send("POST", "/api/v1/tokens", R"({"role":"viewer"})", "admin", key);
  Reply second = made.fixture.send("POST", "/api/v1/tokens", R"({"role":"viewer"})", "admin", key);
  CHECK(first.json.contains("token"));
  CHECK(second.status == 201);
  CHECK(second.json["id"] == first.json["id"]);
  CHECK_FALSE(second.json.contains("token"));
}

TEST_CASE("a token whose command waits in the log is answered with its id and secret, for it will be made") {
  ApiFixture fixture;
  fixture.command_answer = json_answer({{"accepted", true}, {"seq", 7}}, 202);
  Reply reply = fixture.send("POST", "/api/v1/tokens", R"({"role":"viewer"})");
  REQUIRE(fixture.commands.size() == 1);
  CHECK(reply.status == 202);
  CHECK(reply.json["accepted"] == true);
  CHECK(reply.json["seq"] == 7);
  CHECK(reply.json["id"] == fixture.commands[0].body["id"]);
  CHECK(sha256_hex(reply.json.value("token", "")) == fixture.commands[0].body["hash"]);

  // With a key it may be the token of an earlier request that will be made.
  Reply keyed = fixture.send("POST", "/api/v1/tokens", R"({"role":"viewer"})", "admin", {{"idempotency-key", "k1"}});
  CHECK(keyed.json == Json{{"accepted", true}, {"seq", 7}});
}

TEST_CASE("two tokens of one name have ids and secrets of their own") {
  ApiFixture fixture;
  for (int i = 0; i < 2; ++i) fixture.send("POST", "/api/v1/tokens", R"({"role":"viewer","name":"ci"})");
  REQUIRE(fixture.commands.size() == 2);
  CHECK(fixture.commands[0].body["id"] != fixture.commands[1].body["id"]);
  CHECK(fixture.commands[0].body["hash"] != fixture.commands[1].body["hash"]);
}

TEST_CASE("a token that was asked for wrongly is refused with the reason and changes nothing") {
  ApiFixture fixture;
  const std::pair<const char*, const char*> kMistakes[] = {
      {R"({"role":"root"})", "expected viewer, operator or admin"},
      {R"({})", "body: role"},
      {R"({"role":"viewer","tenent":"x"})", "did you mean tenant?"},
      {R"({"role":5})", "expected a text"},
      {R"({"role":"viewer","name":"a b"})", "body: name"},
      {R"({"role":"admin","tenant":""})", "body: tenant: expected 1 to"},
      {R"(["viewer"])", "no JSON object"},
      {R"({"role")", "no JSON object"},
  };
  for (const auto& [body, detail] : kMistakes) {
    Reply reply = fixture.send("POST", "/api/v1/tokens", body);
    INFO(body << " " << reply.text);
    CHECK(reply.status == 400);
    CHECK(reply.text.find(detail) != std::string::npos);
  }
  CHECK(fixture.commands.empty());
}

TEST_CASE("tokens are listed without hashes and revoked by a command") {
  ApiFixture fixture;
  Reply list = fixture.get("/api/v1/tokens");
  CHECK(list.json["data"].size() == 6);
  CHECK(list.text.find("hash") == std::string::npos);
  CHECK(fixture.send("DELETE", "/api/v1/tokens/viewer", "").status == 200);
  REQUIRE(fixture.commands.size() == 1);
  CHECK(fixture.commands[0].name == "token.revoke");
  CHECK(fixture.commands[0].body == Json{{"id", "viewer"}});
  CHECK(fixture.send("DELETE", "/api/v1/tokens/nobody", "").status == 404);
}

TEST_CASE("dead letters are listed and shown") {
  ApiFixture fixture;
  fixture.write([](Writer& writer) {
    put_dead(writer, {.seq = 7,
                      .index = 1,
                      .reason = "no",
                      .culprit = "r",
                      .time_ms = kNow,
                      .kind = "delivery",
                      .event_id = "e",
                      .event_type = "call.ended",
                      .source = "twilio"});
  });
  CHECK(fixture.get("/api/v1/dead?source=twilio&type=call.*").json["data"].size() == 1);
  CHECK(fixture.get("/api/v1/dead?source=eleven").json["data"].empty());
  CHECK(fixture.get("/api/v1/dead/7.1").json["reason"] == "no");
  CHECK(fixture.get("/api/v1/dead/7").status == 404);
  CHECK(fixture.get("/api/v1/dead/x").status == 404);
}

TEST_CASE("a dead letter says whether its record is still in the log") {
  ApiFixture fixture;
  fixture.write([](Writer& writer) {
    for (uint64_t seq : {0, 7}) put_dead(writer, {.seq = seq, .reason = "no", .kind = "delivery"});
  });
  CHECK(fixture.get("/api/v1/dead/0").json["trimmed"] == true);  // the log begins with record 1
  CHECK(fixture.get("/api/v1/dead/7").json["trimmed"] == false);
  CHECK(fixture.get("/api/v1/dead").json["data"][1]["trimmed"] == true);
}

TEST_CASE("dead letters are redriven and dropped by commands that say which") {
  ApiFixture fixture;
  CHECK(fixture.send("POST", "/api/v1/dead/redrive", R"({"ids":["7.1","8"]})", "operator").status == 200);
  CHECK(fixture.send("DELETE", "/api/v1/dead", R"({"source":"twilio"})", "operator").status == 200);
  CHECK(fixture.send("DELETE", "/api/v1/dead", R"({"all":true})", "operator").status == 200);
  REQUIRE(fixture.commands.size() == 3);
  CHECK(fixture.commands[0].name == "dead.redrive");
  CHECK(fixture.commands[0].body == Json{{"ids", {"7.1", "8"}}});
  CHECK(fixture.commands[1].name == "dead.drop");
}

TEST_CASE("nothing is redriven or dropped without saying which") {
  ApiFixture fixture;
  for (const char* body : {"{}", R"({"all":false})", R"({"ids":[]})", R"({"ids":["x"]})", R"({"ids":["1"],"all":true})",
                           R"({"source":""})", R"({"type":1})", R"({"everything":true})"}) {
    INFO(body);
    CHECK(fixture.send("DELETE", "/api/v1/dead", body).status == 400);
  }
  CHECK(fixture.send("DELETE", "/api/v1/dead", "").status == 400);
  CHECK(fixture.commands.empty());
}

TEST_CASE("a body at its limit is read, one over it is 413, one of another type is refused") {
  ApiFixture fixture;
  std::string head = R"({"all":true)", tail = "}";
  std::string padding(limits::kApiBodyBytes - head.size() - tail.size(), ' ');
  CHECK(fixture.send("POST", "/api/v1/dead/redrive", head + padding + tail).status == 200);
  CHECK(fixture.send("POST", "/api/v1/dead/redrive", head + padding + " " + tail).status == 413);
  CHECK(fixture.send("POST", "/api/v1/dead/redrive", R"({"all":true})", "admin", {{"content-type", "text/plain"}})
            .status == 400);
}

TEST_CASE("a body nested deeper than anything here could be is refused before it is looked at") {
  ApiFixture fixture;
  std::string deep = std::string(limits::kJsonDepth, '[') + std::string(limits::kJsonDepth, ']');
  Reply reply = fixture.send("POST", "/api/v1/tokens", R"({"role":)" + deep + "}");
  CHECK(reply.status == 400);
  CHECK(reply.text.find("nested deeper") != std::string::npos);
  CHECK(fixture.commands.empty());
}

TEST_CASE("what comes back of a command is answered as it is") {
  ApiFixture fixture;
  fixture.command_answer = {202, {}, R"({"accepted":true})"};
  Reply reply = fixture.send("POST", "/api/v1/dead/redrive", R"({"all":true})");
  CHECK(reply.status == 202);
  CHECK(reply.headers["cache-control"] == "no-store");
}

namespace {

using After = std::function<void(std::optional<Response>)>;

/// What submit() answered, waited for.
Response answer_of(CommandLog& commands) {
  auto promise = std::make_shared<std::promise<Response>>();
  auto answer = promise->get_future();
  commands.submit({"dead.drop", {{"all", true}}, "tok_1"},
                  [promise](Response response) { promise->set_value(response); });
  REQUIRE(answer.wait_for(std::chrono::seconds(10)) == std::future_status::ready);
  return answer.get();
}

}  // namespace

TEST_CASE("a command is a record with its name and who asked, answered with what became of it") {
  ApiFixture fixture;
  ManualClock clock(kNow);
  CommandLog commands(
      fixture.log(), clock,
      [](uint64_t seq, int64_t deadline_us, const After& then) {
        then(Response{200, {}, std::to_string(seq) + " " + std::to_string(deadline_us)});
      },
      5);
  CHECK(answer_of(commands).body == "1 " + std::to_string((kNow + 5) * 1000));
  Json record = fixture.get("/api/v1/events/1").json;
  CHECK(record["kind"] == "command");
  // What nobody can guess goes into the ids that are made of it.
  CHECK(record["headers"][":salt"].get<std::string>().size() == 16);
  record["headers"].erase(":salt");
  CHECK(record["headers"] == Json{{":name", "dead.drop"}, {":by", "tok_1"}});
  CHECK(record["body"] == R"({"all":true})");
}

TEST_CASE("a command that takes longer than a client waits is answered 202") {
  ApiFixture fixture;
  ManualClock clock(kNow);
  CommandLog commands(fixture.log(), clock, [](uint64_t, int64_t, const After& then) { then(std::nullopt); });
  Response response = answer_of(commands);
  CHECK(response.status == 202);
  CHECK(Json::parse(response.body) == Json{{"accepted", true}, {"seq", 1}});
}

TEST_CASE("a command that the log cannot take is answered 503") {
  ApiFixture fixture;
  ManualClock clock(kNow);
  CommandLog commands(fixture.log(), clock, [](uint64_t, int64_t, const After&) { FAIL("nothing to wait for"); });
  fixture.log().stop();
  CHECK(answer_of(commands).status == 503);
}
