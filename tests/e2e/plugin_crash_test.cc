// An isolated plugin that crashes, hangs and dies under load: what was acknowledged is processed, all but what kills
// it.
#include <signal.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "tests/e2e/posting.h"

namespace hookswitch::test {
namespace {

namespace fs = std::filesystem;

/// An engine whose plugins are all isolated, with one more that misbehaves on request.
class IsolatedEngine : public EngineProcess {
 public:
  IsolatedEngine() {
    const std::string plugins = dir().path() + "/plugins", built = HOOKSWITCH_BINARY_DIR "/plugins";
    fs::copy(built, plugins);
    fs::copy_file(HOOKSWITCH_BINARY_DIR "/tests/broken/misbehaves.so", plugins + "/misbehaves.so");
    std::string config = read_file(config_file());
    const size_t line = config.find("plugins: {");
    config.replace(line, config.find('\n', line) - line, "plugins: {dir: " + plugins + ", isolation: process}");
    config.insert(config.find("  elevenlabs:\n"), "  broken:\n    provider: broken\n");
    dir().write("hookswitch.yaml", config);
  }

  int post_broken(const std::string& kind, const std::string& body) {
    auto answer = post("/hooks/broken/" + kind, {}, body);
    return answer ? answer->status : 0;
  }
  Json plugin(const std::string& provider) {
    const Json plugins = api("/plugins");
    for (const Json& each : plugins["data"]) {
      if (each["provider"] == provider) return each;
    }
    return {};
  }
};

std::string named(int i) { return "CAbroken" + std::to_string(i); }

}  // namespace

TEST_CASE("a plugin that crashes on one delivery under load costs that delivery and nothing else") {
  IsolatedEngine engine;
  engine.start();
  Posting posting(engine);
  std::set<std::string> ids;
  for (int i = 0; i < 200; ++i) {
    const std::string id = named(i);
    REQUIRE(engine.post_broken("named", id) == 200);
    ids.insert(id);
    if (i == 50) CHECK(engine.post_broken("decode-segfault", "") == 200);
    if (i == 100) CHECK(engine.post_broken("segfault", "") == 503);
    if (i == 150) CHECK(engine.post_broken("decode-loops", "") == 200);
  }
  REQUIRE(eventually([&] { return posting.acknowledged() >= 200; }));
  posting.stop();
  CHECK(posting.refused() + posting.other() == 0);
  REQUIRE(engine.settle());
  CHECK(missing_calls(engine, ids) == std::vector<std::string>());
  CHECK(missing_calls(engine, posting.acknowledged_ids()) == std::vector<std::string>());

  const Json dead = engine.api("/dead")["data"];
  INFO(dead.dump(2));
  REQUIRE(dead.size() == 2);
  std::string reasons = dead[0]["reason"].get<std::string>() + dead[1]["reason"].get<std::string>();
  CHECK_THAT(reasons, Catch::Contains("decode broke the plugin contract: its process was killed by signal 11"));
  CHECK_THAT(reasons, Catch::Contains("its process did not answer within 5000 ms"));
  const Json plugin = engine.plugin("broken");
  INFO(plugin.dump(2));
  CHECK(plugin["isolation"] == "process");
  CHECK(plugin["restarts"] >= 5);  // two processes died of each of the three; where others are free one stays away
  CHECK(engine.plugin("elevenlabs")["restarts"] == 0);
  auto metrics = cli::request("GET", engine.url("/metrics"), {}, "");
  CHECK_THAT(metrics->body, Catch::Contains("hookswitch_plugin_restarts_total{provider=\"broken\"} "));
  CHECK_THAT(engine.log_text(), Catch::Contains("plugin broken: decode: its process was killed by signal 11"));
  CHECK(engine.stop() == 0);
}

TEST_CASE("plugins' processes that are killed again and again under load lose nothing") {
  IsolatedEngine engine;
  engine.start();
  Posting posting(engine);
  for (int round = 0; round < 20; ++round) {
    const size_t before = posting.acknowledged();
    for (int pid : engine.plugin("elevenlabs")["pids"].get<std::vector<int>>()) kill(pid, SIGKILL);
    REQUIRE(eventually([&] { return posting.acknowledged() >= before + 10; }));
  }
  posting.stop();
  CHECK(posting.refused() + posting.other() == 0);
  REQUIRE(engine.settle());
  CHECK(missing_calls(engine, posting.acknowledged_ids()) == std::vector<std::string>());
  CHECK(engine.api("/dead")["data"].empty());
  CHECK(engine.plugin("elevenlabs")["restarts"] >= 20);
}

TEST_CASE("an engine that is killed leaves no process of a plugin behind") {
  IsolatedEngine engine;
  engine.start();
  std::vector<int> pids;
  for (const char* provider : {"elevenlabs", "twilio", "broken"}) {
    for (int pid : engine.plugin(provider)["pids"].get<std::vector<int>>()) pids.push_back(pid);
  }
  REQUIRE(pids.size() >= 3);
  engine.kill_hard();
  for (int pid : pids) CHECK(eventually([pid] { return kill(pid, 0) != 0; }));
}

TEST_CASE("a listing says which plugins run in processes of their own") {
  IsolatedEngine engine;
  std::string out;
  CHECK(engine.run("--json plugins list", &out) == 0);
  for (const Json& plugin : Json::parse(out)) CHECK(plugin["isolation"] == "process");
}

}  // namespace hookswitch::test
