// What is taken from under a running engine or cannot be written when it starts: it says so once and goes on when it is
// back.
#include <signal.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "engine/base/time_text.h"
#include "tests/support/engine_process.h"
#include "tests/support/fake_provider.h"

namespace hookswitch::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kConversation =
    R"({"type":"post_call_transcription","event_timestamp":1739537297,"data":{"conversation_id":"conv_1",)"
    R"("status":"done","metadata":{"start_time_unix_secs":1739537297}}})";

int ready(EngineProcess& engine) { return cli::request("GET", engine.url("/readyz"), {}, "")->status; }

size_t times_said(const EngineProcess& engine, const std::string& text) {
  const std::string said = engine.log_text();
  size_t times = 0;
  for (size_t at = said.find(text); at != std::string::npos; at = said.find(text, at + 1)) ++times;
  return times;
}

void use_plugins_of(const EngineProcess& engine, const std::string& dir) {
  std::string text = read_file(engine.config_file());
  const std::string built = HOOKSWITCH_BINARY_DIR "/plugins";
  text.replace(text.find(built), built.size(), dir);
  engine.dir().write("hookswitch.yaml", text);
}

}  // namespace

TEST_CASE("while the data directory is gone nothing is acknowledged, and it goes on when it is back") {
  EngineProcess engine;
  engine.start();
  const std::string data = engine.dir().path() + "/data", away = engine.dir().path() + "/away";
  fs::rename(data, away);
  CHECK(eventually([&] { return ready(engine) == 503; }));
  CHECK(engine.post_elevenlabs(kConversation)->status == 503);
  CHECK(engine.api_post("/tasks", {{"kind", "callback"}, {"to", "+40721234567"}, {"tenant", "B1/L1"}})->status == 503);
  CHECK(cli::request("GET", engine.url("/readyz"), {}, "")->body.find("data directory") != std::string::npos);
  fs::create_directories(data);
  engine.dir().write("data/LOCK", "");
  CHECK(ready(engine) == 503);
  fs::remove_all(data);
  fs::rename(away, data);
  CHECK(eventually([&] { return ready(engine) == 200; }));
  CHECK(engine.post_elevenlabs(kConversation)->status == 200);
  REQUIRE(engine.settle());
  CHECK(engine.api("/calls/conv_1").contains("id"));
}

TEST_CASE("what arrives right after the data directory was taken away is not acknowledged, nor kept in another's") {
  EngineProcess engine;
  engine.start();
  const std::string data = engine.dir().path() + "/data";
  fs::rename(data, engine.dir().path() + "/away");
  fs::create_directories(data + "/refusals");
  CHECK(engine.post_elevenlabs(kConversation)->status == 503);
  CHECK(cli::request("POST", engine.url("/hooks/nobody"), {}, "{}")->status == 404);
  CHECK(eventually([&] { return ready(engine) == 503; }));
  CHECK(cli::request("POST", engine.url("/hooks/nobody"), {}, "{}")->status == 404);
  CHECK(engine.stop() == 0);
  CHECK(fs::is_empty(data + "/refusals"));
}

TEST_CASE("while the data directory is gone nothing is sent, and what is due goes out once when it is back") {
  FakeProvider provider({.rate_limited = 100});
  EngineProcess engine(R"(calling: {window: {days: mon-sun, from: "00:00", to: "24:00"}})", "", provider.url());
  engine.start();
  auto placed = engine.api_post("/calls", {{"to", "+40721234567"}, {"source", "elevenlabs"}, {"tenant", "B1/L1"}});
  REQUIRE(placed->status == 202);
  const std::string action = "/actions/" + Json::parse(placed->body)["action_id"].get<std::string>();
  Json waits;
  auto was_refused = [&] { return (waits = engine.api(action))["code"] == "rate_limited"; };
  REQUIRE(eventually(was_refused));
  const std::string data = engine.dir().path() + "/data", away = engine.dir().path() + "/away";
  fs::rename(data, away);
  provider.set_faults({});
  const size_t before = provider.requests();
  const int64_t due_ms = *parse_rfc3339(waits["next_attempt_at"].get<std::string>());
  REQUIRE(eventually([&] { return now_secs() * 1000 > due_ms + 1'000; }));
  CHECK(provider.requests() == before);
  fs::rename(away, data);
  CHECK(eventually([&] { return engine.api(action)["status"] == "done"; }));
  CHECK(provider.requests() == before + 1);
}

TEST_CASE("an engine whose data directory was replaced leaves the token of the engine that came after it alone") {
  EngineProcess engine;
  engine.start();
  const std::string data = engine.dir().path() + "/data";
  fs::rename(data, engine.dir().path() + "/away");
  fs::create_directories(data);
  const std::string token = engine.dir().write("data/cli.token", "of another engine");
  kill(engine.pid(), SIGHUP);
  REQUIRE(eventually([&] { return times_said(engine, "configuration reloaded") == 1; }));
  CHECK(eventually([&] { return ready(engine) == 503; }));
  CHECK(engine.stop() == 0);
  CHECK(read_file(token) == "of another engine");
  CHECK_FALSE(fs::exists(data + "/reserve"));
  CHECK_FALSE(fs::exists(data + "/alive"));
}

TEST_CASE("an engine that cannot write the token of its command line runs, and lets verbs in once it can") {
  EngineProcess engine;
  const std::string in_the_way = engine.dir().path() + "/data/cli.token.new";
  fs::create_directories(in_the_way);
  engine.launch();
  REQUIRE(eventually([&] { return engine.has_ended() || times_said(engine, "is ready") == 1; }));
  REQUIRE(engine.running());
  CHECK(times_said(engine, "not let in") == 1);
  fs::remove(in_the_way);
  CHECK(eventually([&] { return engine.run("status") == 0; }));
  CHECK(times_said(engine, "not let in") == 1);
}

TEST_CASE("a plugin directory that cannot be read is told of once, and so is that it can be again") {
  EngineProcess engine;
  const std::string plugins = engine.dir().path() + "/plugins", away = engine.dir().path() + "/away";
  fs::copy(HOOKSWITCH_BINARY_DIR "/plugins", plugins, fs::copy_options::recursive);
  use_plugins_of(engine, plugins);
  engine.start();
  for (size_t round = 1; round <= 2; ++round) {
    fs::rename(plugins, away);
    CHECK(eventually([&] { return times_said(engine, "plugins.dir cannot be read") == round; }));
    fs::rename(away, plugins);
    CHECK(eventually([&] { return times_said(engine, "plugins.dir can be read again") == round; }));
  }
  CHECK(times_said(engine, "plugins.dir cannot be read") == 2);
  CHECK(times_said(engine, "plugin refused") == 0);
  CHECK(ready(engine) == 200);
}

}  // namespace hookswitch::test
