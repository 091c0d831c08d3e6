// What verbs say when a command is in the log and not carried out yet, and when they may not ask.
#include <catch2/catch.hpp>

#include <filesystem>

#include "tests/support/engine_process.h"
#include "tests/support/raw_server.h"

namespace hookswitch::test {
namespace {

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// Of a request's text; "": it has none.
std::string key_in(const std::string& request) {
  const std::string name = "\r\nIdempotency-Key: ";
  size_t at = request.find(name);
  if (at == std::string::npos) return "";
  at += name.size();
  return request.substr(at, request.find('\r', at) - at);
}

// An engine that answers so, usually that it only logged: the verbs find it by the file that a running one leaves.
struct Behind {
  RawServer server;
  EngineProcess engine;

  explicit Behind(const std::string& answer, int status = 202)
      : server([answer, status](const std::string&, size_t) {
          return RawServer::Reply{http_answer(status, answer, "Content-Type: application/json\r\n")};
        }) {
    engine.dir().write("data/cli.token", server.url("") + " hs_local\n");
  }
};

}  // namespace

TEST_CASE("a change that is only logged is no success, and its record is named") {
  Behind behind(R"({"accepted":true,"seq":7})");
  for (const char* verb : {"token revoke tok_1", "tasks cancel tsk_1", "actions cancel act_1", "dead drop --all",
                           "--json tasks cancel tsk_1"}) {
    std::string out;
    INFO(verb);
    CHECK(behind.engine.run(verb, &out) == 1);
    INFO(out);
    CHECK(says(out, "logged as record 7, not carried out yet"));
    CHECK(!says(out, "revoked"));
  }
}

TEST_CASE("the secret of a token whose command waits in the log is shown, with that remark") {
  Behind behind(R"({"accepted":true,"seq":7,"id":"tok_9","token":"hs_secret"})");
  std::string out;
  CHECK(behind.engine.run("token create --role viewer", &out) == 0);
  INFO(out);
  CHECK(says(out, "logged as record 7"));
  CHECK(says(out, "token tok_9 (viewer)"));
  CHECK(says(out, "hs_secret\n"));
  CHECK(behind.engine.run("--json token create --role viewer", &out) == 0);
  CHECK(Json::parse(out)["token"] == "hs_secret");
}

TEST_CASE("a campaign that is only logged is no success, and the same command again has the same key") {
  Behind behind(R"({"accepted":true,"seq":7,"rejected_count":0,"rejected":[]})");
  behind.engine.dir().write("people.csv", "to\n+40721234567\n");
  const std::string start = "campaigns start " + behind.engine.dir().path() + "/people.csv --name spring";
  for (const std::string& verb : {start, start, start + " --tenant B1/L1", start + " --again",
                                  "campaigns add cmp_1 " + behind.engine.dir().path() + "/people.csv"}) {
    std::string out;
    INFO(verb);
    CHECK(behind.engine.run(verb, &out) == 1);
    INFO(out);
    CHECK(says(out, "logged as record 7, not carried out yet"));
    CHECK(!says(out, "accepted"));
  }
  std::vector<std::string> keys;
  for (const std::string& request : behind.server.requests()) keys.push_back(key_in(request));
  REQUIRE(keys.size() == 5);
  CHECK((keys[0].size() > 64 && keys[0] == keys[1]));
  CHECK((keys[2] != keys[0] && keys[3].empty() && !keys[4].empty()));
}

TEST_CASE("a campaign that the same command began before is shown as it was, with that remark") {
  std::string answer = R"({"campaign":{"id":"cmp_1","status":"running","updated_at":"2025-02-14T12:00:00Z"},)"
                       R"("accepted":1,"rejected_count":0,"rejected":[]})";
  Behind before(answer, 200);
  before.engine.dir().write("people.csv", "to\n+40721234567\n");
  std::string out;
  CHECK(before.engine.run("campaigns start " + before.engine.dir().path() + "/people.csv --name spring", &out) == 0);
  INFO(out);
  CHECK(says(out, "carried out at 2025-02-14T12:00:00Z, and is not repeated; with --again it is"));
  CHECK(says(out, "cmp_1 is running: 1 people accepted, 0 rejected"));
}

TEST_CASE("who is refused a campaign is told that the refusal stays for the day, unless the engine was at fault") {
  struct Case {
    int status;
    const char* option;
    bool stays;
  };
  for (const Case& each : {Case{400, "", true}, Case{409, "", true}, Case{400, " --again", false}, Case{503, "", false},
                           Case{500, "", false}}) {
    Behind refusing(R"({"title":"No","detail":"source: found none"})", each.status);
    refusing.engine.dir().write("people.csv", "to\n+40721234567\n");
    const std::string start = "campaigns start " + refusing.engine.dir().path() + "/people.csv --name spring";
    std::string out;
    INFO(each.status << each.option);
    CHECK(refusing.engine.run(start + each.option, &out) == 1);
    INFO(out);
    CHECK(says(out, "source: found none"));
    CHECK(says(out, "a refusal stays the same today (UTC)") == each.stays);
    CHECK(says(out, "add --again") == each.stays);
  }
}

TEST_CASE("what keeps a verb from reading where the engine is, is said") {
  EngineProcess engine;
  const std::filesystem::path data = engine.dir().path() + "/data";
  std::filesystem::create_directories(data);
  std::filesystem::create_symlink("cli.token", data / "cli.token");
  std::string out;
  CHECK(engine.run("status", &out) == 1);
  INFO(out);
  CHECK(says(out, "cli.token: Too many levels of symbolic links"));
  CHECK(!says(out, "found no"));
}

}  // namespace hookswitch::test
