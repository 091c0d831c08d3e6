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

TEST_CASE("what the log does not say in time that somebody asked for is not redriven, and the answer says so") {
  ApiFixture fixture;
  fixture.command_answer = {202, {}, R"({"accepted":true,"seq":1})"};
  Reply reply = fixture.send("POST", "/api/v1/refusals/redrive", R"({"all":true})");
  CHECK(reply.status == 503);
  CHECK(reply.headers.contains("retry-after"));
  CHECK(reply.json["detail"].get<std::string>().find("nothing was redriven") != std::string::npos);
  CHECK(fixture.refusals_asked.empty());
}

TEST_CASE("a redrive whose note is answered when the API is gone uses nothing of it") {
  std::function<void(Response)> later;
  bool redriven = false;
  auto fixture = std::make_unique<ApiFixture>(60'000, [&](ApiParts& parts) {
    parts.submit = [&](const Command&, auto done) { later = std::move(done); };
    parts.redrive_refusals = [&](const Json&, auto) { redriven = true; };
  });
  Reply reply = fixture->send("POST", "/api/v1/refusals/redrive", R"({"all":true})");
  fixture.reset();
  later({200, {}, "{}"});
  CHECK(redriven);
  CHECK(reply.status == 0);
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
