// POST /eval: who may try lines of Lua, and what is let through to the engine.
#include <catch2/catch.hpp>

#include "engine/base/limits.h"
#include "tests/unit/api/api_fixture.h"

namespace hookswitch {
namespace {

using test::ApiFixture;

constexpr const char* kPath = "/api/v1/eval";

TEST_CASE("only an admin who sees every tenant may try lines of Lua") {
  ApiFixture api;
  const std::string body = R"({"code": "1", "seq": 1})";
  for (const char* who : {"viewer", "operator", "bound_admin"}) {
    INFO(who);
    CHECK(api.send("POST", kPath, body, who).status == 403);
  }
  CHECK(api.send("POST", kPath, body, "").status == 401);
  CHECK(api.evaluated.empty());
  auto reply = api.send("POST", kPath, body);
  CHECK(reply.status == 200);
  CHECK(reply.headers["cache-control"] == "no-store");
  CHECK(reply.json["values"] == Json::parse("[1]"));
  CHECK(api.evaluated.size() == 1);
}

TEST_CASE("a request that says something else than lines and one event is refused") {
  ApiFixture api;
  for (const char* body :
       {R"({"seq": 1})", R"({"code": "", "seq": 1})", R"({"code": 1, "seq": 1})", R"({"code": "1"})",
        R"({"code": "1", "seq": 1, "event": {"type": "x"}})", R"({"code": "1", "seq": -1})",
        R"({"code": "1", "seq": "1"})", R"({"code": "1", "seq": 1.5})", R"({"code": "1", "seq": 1, "index": -1})",
        R"({"code": "1", "seq": 1, "rule": {}})", R"({"code": "1", "event": []})",
        R"({"code": "1", "event": {"type": "x", "tenant": "B1/L1"}})",
        R"({"code": "1", "event": {"type": "x", "source": 1}})", R"({"code": "1", "seq": 1, "file": "/etc/passwd"})"}) {
    INFO(body);
    CHECK(api.send("POST", kPath, body).status == 400);
  }
  CHECK(api.evaluated.empty());
}

TEST_CASE("the lines may be as long as their limit, and no longer") {
  ApiFixture api;
  const auto body = [](size_t size) { return dump(Json{{"code", std::string(size, ' ')}, {"seq", 1}}); };
  CHECK(api.send("POST", kPath, body(limits::kEvalCodeBytes)).status == 200);
  CHECK(api.send("POST", kPath, body(limits::kEvalCodeBytes + 1)).status == 400);
}

}  // namespace
}  // namespace hookswitch
