// Callbacks end to end: asked for over the API, placed at the vendor's interface, ended by its signed webhook.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "tests/support/engine_process.h"
#include "tests/support/fake_provider.h"

namespace hookswitch::test {
namespace {

constexpr const char* kConfig = R"(
  - {id: B3/L1, timezone: Europe/Bucharest, country: RO, agents: [{source: caller, agent_id: xyz}],
     window: {days: mon-sun, from: "00:00", to: "24:00"}}
calling: {retry: {delays: [100ms], jitter: 0, on: [no_answer, busy, failed]}, concurrency: 50, per_second: 1000}
)";

class Story {
 public:
  Story() : engine_(kConfig) {
    std::string text = read_file(engine_.config_file());
    std::string source = fmt::format(
        "  caller: {{provider: elevenlabs, webhook_secret: {}, api_key: k, api_base: '{}', agent_id: xyz,"
        " phone_number_id: phnum_1}}\n",
        kElevenLabsSecret, provider_.url());
    text.insert(text.find("  twilio:"), source);
    engine_.dir().write("hookswitch.yaml", text);
    engine_.start();
  }

  Json send(const std::string& method, const std::string& path, const Json& body) {
    auto client = cli::EngineClient::open(engine_.dir().path() + "/data");
    REQUIRE(client);
    auto answer = client->send(method, path, body);
    INFO(path << ": " << (answer ? "" : answer.error().message));
    REQUIRE(answer);
    return *answer;
  }
  // Hands on what the provider reports, until the task has the status.
  bool becomes(const std::string& id, const std::string& status) {
    return eventually([&] {
      for (const FakeReport& report : provider_.take_reports()) engine_.post_elevenlabs(report.body, "/hooks/caller");
      return engine_.api("/tasks/" + id).value("status", "") == status;
    });
  }
  EngineProcess& engine() { return engine_; }
  FakeProvider& provider() { return provider_; }

 private:
  FakeProvider provider_;
  EngineProcess engine_;
};

}  // namespace

TEST_CASE("a callback is placed when it is due and completed by the webhook of its call") {
  Story story;
  Json task =
      story.send("POST", "/tasks", {{"tenant", "B3/L1"}, {"to", "0721 234 567"}, {"variables", {{"name", "Ana"}}}});
  std::string id = task.at("id");
  REQUIRE(story.becomes(id, "completed"));
  Json ended = story.engine().api("/tasks/" + id);
  CHECK(story.provider().placed_of(ended.at("action_id")) == 1);
  Json call = story.engine().api("/calls/" + ended.at("call_id").get<std::string>());
  CHECK((call.at("task_id") == id && call.at("to") == "+40721234567" && call.at("status") == "completed"));
}

TEST_CASE("an attempt that was sent when the engine was killed is not made again") {
  Story story;
  story.provider().set_faults({.drop_after = 100});
  std::string id = story.send("POST", "/tasks", {{"tenant", "B3/L1"}, {"to", "+40721234567"}}).at("id");
  REQUIRE(eventually([&] { return !story.provider().placed().empty(); }));
  story.engine().kill_hard();
  story.provider().set_faults({});
  story.engine().start();
  REQUIRE(story.becomes(id, "completed"));
  for (const auto& [action, times] : story.provider().placed()) CHECK(times == 1);
}

TEST_CASE("what would not know its source when it is due is refused before it is a record") {
  Story story;
  auto client = cli::EngineClient::open(story.engine().dir().path() + "/data");
  REQUIRE(client);
  const Json task{{"tenant", "B2/L1"}, {"to", "+13105551234"}};
  const Json campaign{{"tenant", "B2/L1"}, {"name", "spring"}, {"contacts", {{{"to", "+13105551234"}}}}};
  for (const auto& [path, body] : {std::pair{"/tasks", task}, std::pair{"/campaigns", campaign}}) {
    auto answer = client->send("POST", path, body);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().message.find("found no source named") != std::string::npos);
  }
  CHECK(story.engine().api("/audit").at("data").empty());
}

TEST_CASE("people see and steer tasks and campaigns from the command line") {
  Story story;
  std::string id =
      story.send("POST", "/tasks", {{"tenant", "B3/L1"}, {"to", "+40721234567"}, {"due_at", "2099-01-01T12:00:00Z"}})
          .at("id");
  std::string out;
  CHECK(story.engine().run("tasks list --status scheduled", &out) == 0);
  CHECK(out.find(id) != std::string::npos);
  CHECK(story.engine().run("tasks preview " + id, &out) == 0);
  CHECK(out.find("2099-01-01T14:00:00") != std::string::npos);
  CHECK(out.find("time zone") == std::string::npos);
  Json toll_free{{"tenant", "B3/L1"}, {"to", "+18005551234"}, {"due_at", "2099-01-01T12:00:00Z"}};
  id = story.send("POST", "/tasks", toll_free).at("id");
  CHECK(story.engine().run("tasks preview " + id, &out) == 0);
  CHECK_THAT(out, Catch::Contains("time zone: right in Pacific/Honolulu, America/New_York"));
  CHECK(story.engine().run("tasks cancel " + id, &out) == 0);
  CHECK(story.engine().run("tasks cancel " + id, &out) == 1);
  story.engine().dir().write("people.csv", "phone,name\n+40721234568,Ana\n12,Nobody\n");
  CHECK(story.engine().run(fmt::format("campaigns start {}/people.csv --name test --tenant B3/L1 --paused",
                                       story.engine().dir().path()),
                           &out) == 0);
  CHECK(out.find("1 people accepted, 1 rejected") != std::string::npos);
  CHECK(out.find("line 3") != std::string::npos);
  CHECK(story.engine().run("campaigns list", &out) == 0);
  CHECK(out.find("paused") != std::string::npos);
}

}  // namespace hookswitch::test
