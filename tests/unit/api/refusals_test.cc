// Refused deliveries through the API: asked of the doctor, for administrators, with a choice that is said.
#include "tests/unit/api/api_fixture.h"

using namespace hookswitch;
using namespace hookswitch::test;

TEST_CASE("refused deliveries are listed by source and count") {
  ApiFixture fixture;
  Reply reply = fixture.get("/api/v1/refusals?source=twilio&limit=7");
  CHECK(reply.status == 200);
  CHECK(reply.headers["cache-control"] == "no-store");
  CHECK(fixture.refusals_asked == std::vector<Json>{{{"source", "twilio"}, {"count", 7}}});
  CHECK(fixture.get("/api/v1/refusals", "operator").status == 403);
}

TEST_CASE("what is redriven must be said, in one way") {
  ApiFixture fixture;
  auto redrive = [&](const std::string& body) { return fixture.send("POST", "/api/v1/refusals/redrive", body).status; };
  for (const char* body : {R"({"all":true})", R"({"source":"twilio"})", R"({"ids":[1,2]})"}) {
    INFO(body);
    CHECK(redrive(body) == 200);
    CHECK(fixture.refusals_asked.back() == Json::parse(body));
  }
  for (const char* body : {"{}", R"({"all":false})", R"({"all":true,"source":"x"})", R"({"ids":[]})",
                           R"({"ids":["1"]})", R"({"ids":[-1]})", R"({"source":""})", R"({"other":1})"}) {
    INFO(body);
    CHECK(redrive(body) == 400);
  }
  CHECK(fixture.refusals_asked.size() == 3);
}
