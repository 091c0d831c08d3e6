// What verbs say when a command is in the log and not carried out yet, and when they may not ask.
#include <catch2/catch.hpp>

#include <filesystem>

#include "tests/support/engine_process.h"
#include "tests/support/raw_server.h"

namespace hookswitch::test {
namespace {

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// An engine that only logs: the verbs find it by the file that a running one leaves.
struct Behind {
  RawServer server;
  EngineProcess engine;

  explicit Behind(const std::string& answer)
      : server([answer](const std::string&, size_t) {
          return RawServer::Reply{http_answer(202, answer, "Content-Type: application/json\r\n")};
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
