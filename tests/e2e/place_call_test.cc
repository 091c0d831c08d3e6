// Calls that people place over the API: accepted with ids, placed at the vendor once, shown from the first moment.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "tests/support/engine_process.h"
#include "tests/support/fake_provider.h"

namespace hookswitch::test {
namespace {

constexpr const char* kConfig = R"(
calling: {concurrency: 50, per_second: 1000}
)";

class Clinic {
 public:
  Clinic() : engine_(kConfig) {
    std::string text = read_file(engine_.config_file());
    std::string sources = fmt::format(
        "  caller: {{provider: elevenlabs, webhook_secret: {}, api_key: k, api_base: '{}', agent_id: xyz,"
        " phone_number_id: phnum_1}}\n",
        kElevenLabsSecret, provider_.url());
    text.insert(text.find("  twilio:"), sources);
    engine_.dir().write("hookswitch.yaml", text);
    engine_.start();
  }

  Json place(const Json& body, int status = 202, const std::string& key = "") {
    auto answer = engine_.api_post("/calls", body, key);
    REQUIRE(answer);
    INFO(answer->body);
    CHECK(answer->status == status);
    return Json::parse(answer->body);
  }
  bool action_becomes(const std::string& id, const std::string& status) {
    return eventually([&] { return engine_.api("/actions/" + id).value("status", "") == status; });
  }
  EngineProcess& engine() { return engine_; }
  FakeProvider& provider() { return provider_; }

 private:
  FakeProvider provider_;
  EngineProcess engine_;
};

}  // namespace

TEST_CASE("a call that a person places is shown at once, initiated when it is placed, and ended by its webhook") {
  Clinic clinic;
  Json placed = clinic.place({{"to", "+1 (310) 555-1234"}, {"source", "caller"}, {"variables", {{"name", "Ana"}}}});
  std::string call = placed["call_id"], action = placed["action_id"];
  CHECK(clinic.engine().api("/calls/" + call)["to"] == "+13105551234");
  REQUIRE(clinic.action_becomes(action, "done"));
  Json initiated = clinic.engine().api("/calls/" + call);
  CHECK((initiated["status"] == "initiated" && initiated["direction"] == "outbound"));
  CHECK(initiated["variables"]["name"] == "Ana");
  REQUIRE(eventually([&] {
    for (const FakeReport& report : clinic.provider().take_reports())
      clinic.engine().post_elevenlabs(report.body, "/hooks/caller");
    return clinic.engine().api("/calls/" + call)["status"] == "completed";
  }));
  CHECK(clinic.provider().placed_of(action) == 1);
  CHECK(clinic.engine().api("/calls?direction=outbound")["data"].size() == 1);
}

TEST_CASE("a request that is repeated under its Idempotency-Key places one call") {
  Clinic clinic;
  Json body{{"to", "+13105551234"}, {"source", "caller"}};
  Json first = clinic.place(body, 202, "visit-7");
  CHECK(clinic.place(body, 202, "visit-7")["action_id"] == first["action_id"]);
  clinic.place({{"to", "+13105559999"}, {"source", "caller"}}, 422, "visit-7");
  REQUIRE(clinic.action_becomes(first["action_id"], "done"));
  CHECK(clinic.provider().placed().size() == 1);
}

TEST_CASE("a call that cannot be is refused before anything is kept, and says why") {
  Clinic clinic;
  CHECK(clinic.place(Json::object(), 400)["detail"].get<std::string>().find("to: missing") != std::string::npos);
  CHECK(clinic.place({{"to", "12"}, {"source", "caller"}}, 400)["detail"].get<std::string>().find("telephone") !=
        std::string::npos);
  clinic.place({{"to", "+13105551234"}, {"source", "nobody"}}, 400);
  clinic.place({{"to", "+13105551234"}, {"colour", "red"}}, 400);
  clinic.place({{"to", "+13105551234"}, {"not_before", "soon"}}, 400);
  CHECK(clinic.engine().api("/actions")["data"].empty());
}

TEST_CASE("a task asked for again by its Idempotency-Key is the one that was made, also when its source is gone") {
  Clinic clinic;
  EngineProcess& engine = clinic.engine();
  const Json wish{{"to", "+13105551234"}, {"source", "caller"}, {"due_at", "2040-01-01T12:00:00Z"}};
  auto made = engine.api_post("/tasks", wish, "k1");
  REQUIRE((made && made->status == 201));
  engine.stop();
  std::string text = read_file(engine.config_file());
  engine.dir().write("hookswitch.yaml", text.replace(text.find("  caller:"), 9, "  another:"));
  engine.start();
  auto again = engine.api_post("/tasks", wish, "k1");
  REQUIRE(again);
  CHECK(again->status == 201);
  CHECK(again->body == made->body);
  CHECK(engine.api_post("/tasks", wish, "k2")->status == 400);
}

TEST_CASE("who is not to be called is not called, and the action says so") {
  Clinic clinic;
  std::string out;
  auto client = cli::EngineClient::open(clinic.engine().dir().path() + "/data");
  REQUIRE(client);
  REQUIRE(client->send("PUT", "/suppressions/+13105551234", {{"reason", "asked us to stop"}}));
  Json placed = clinic.place({{"to", "+13105551234"}, {"source", "caller"}});
  REQUIRE(clinic.action_becomes(placed["action_id"], "refused"));
  Json action = clinic.engine().api("/actions/" + placed["action_id"].get<std::string>());
  CHECK(action["code"] == "do_not_call");
  CHECK(clinic.provider().placed().empty());
  CHECK(clinic.engine().run("actions list --status refused", &out) == 0);
  CHECK(out.find("asked us to stop") != std::string::npos);
}

TEST_CASE("an account that is denied burns no attempts, and an action can be taken back meanwhile") {
  Clinic clinic;
  clinic.provider().set_faults({.denied = 100});
  Json placed = clinic.place({{"to", "+13105551234"}, {"source", "caller"}});
  std::string action = placed["action_id"];
  REQUIRE(eventually([&] { return clinic.engine().api("/actions/" + action)["code"].is_string(); }));
  Json denied = clinic.engine().api("/actions/" + action);
  CHECK((denied["status"] == "waiting" && denied["attempt"] == 0));
  std::string out;
  CHECK(clinic.engine().run("actions cancel " + action, &out) == 0);
  CHECK(clinic.engine().api("/actions/" + action)["status"] == "canceled");
  CHECK(clinic.provider().placed().empty());
}

}  // namespace hookswitch::test
