// The past tried with other rules while the engine serves, and the state made anew while it does not.
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <atomic>
#include <filesystem>
#include <thread>

#include "tests/support/engine_process.h"

namespace hookswitch::test {
namespace {

std::string conversation(int n) {
  return fmt::format(
      R"({{"type":"post_call_transcription","event_timestamp":1766002500,"data":{{"agent_id":"xyz","conversation_id":"conv_{}",)"
      R"("status":"done","metadata":{{"start_time_unix_secs":1766002400,"call_duration_secs":100}},)"
      R"("analysis":{{"call_successful":"success","data_collection_results":{{"outcome":{{"value":"{}"}}}}}},)"
      R"("transcript":[{{"role":"user","message":"Hello","time_in_call_secs":1}}]}}}})",
      n, n % 4 == 0 ? "resolved" : "appointment_booked");
}

/// Other rules: what was resolved is escalated.
std::string other_rules(const EngineProcess& engine) {
  std::string dir = engine.dir().path() + "/rules.new";
  std::filesystem::copy(engine.rules_dir(), dir, std::filesystem::copy_options::recursive);
  const std::string from = "\n  resolved = { disposition = \"resolved\" }";
  std::string text = read_file(dir + "/outcome.lua");
  size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  engine.dir().write("rules.new/outcome.lua",
                     text.replace(at, from.size(), "\n  resolved = { disposition = \"escalated\" }"));
  return dir;
}

}  // namespace

TEST_CASE("a replay beside a serving engine tells what differs and costs it no request") {
  EngineProcess engine;
  engine.start();
  constexpr int kCalls = 200;
  for (int n = 0; n < kCalls; ++n) REQUIRE(engine.post_elevenlabs(conversation(n))->status == 200);
  std::string rules = other_rules(engine);

  std::atomic<bool> over{false};
  std::atomic<int> sent{0}, failed{0};
  std::thread load([&] {
    for (int n = kCalls; !over; ++n, ++sent) {
      auto answer = engine.post_elevenlabs(conversation(n));
      if (!answer || answer->status != 200) ++failed;
    }
  });
  std::string out;
  int code = engine.run("--json replay --limit 0 --to '2020-01-01' --rules " + rules, &out);
  REQUIRE(code == 0);
  REQUIRE(Json::parse(out)["summary"]["records"] == 0);
  code = engine.run("--json replay --limit 0 --rules " + rules, &out);
  over = true;
  load.join();
  REQUIRE(code == 0);
  REQUIRE(sent > 0);
  REQUIRE(failed == 0);
  Json told = Json::parse(out);
  Json summary = told["summary"];
  REQUIRE(summary["calls"] >= kCalls);
  REQUIRE(summary["calls_differ"] == (summary["calls"].get<int>() + 3) / 4);
  REQUIRE(told["calls"].size() == summary["calls_differ"]);
  bool disposition = false;
  for (const Json& difference : told["calls"][0]["differences"]) {
    disposition = disposition || (difference["name"] == "disposition" && difference["before"] == "resolved" &&
                                  difference["after"] == "escalated");
  }
  REQUIRE(disposition);
  REQUIRE(engine.api("/calls/conv_0")["disposition"] == "resolved");
  REQUIRE(engine.run("replay --call conv_4 --rules " + rules, &out) == 0);
  REQUIRE(out.find("1 calls, 1 differ") != std::string::npos);
  REQUIRE(engine.run("replay --from yesterday") == 2);
  REQUIRE(engine.run("replay --from 2026-01-02 --to 2026-01-01") == 2);
  REQUIRE(engine.run("replay --call nobody") == 1);
  REQUIRE(engine.run("replay --source elevenlab", &out) == 1);
  REQUIRE(out.find("has no source elevenlab (did you mean elevenlabs?)") != std::string::npos);
  REQUIRE(engine.run("replay --tenant nobody", &out) == 1);
  REQUIRE(out.find("has no tenant nobody") != std::string::npos);
  REQUIRE(engine.run("replay --source twilio --tenant B1/L1 --from 2020-01-01") == 0);
  REQUIRE(engine.run("replay --rules /nowhere") == 1);
}

TEST_CASE("a rebuild is refused while the engine runs, goes on after a kill, and makes the same state") {
  EngineProcess engine;
  engine.start();
  for (int n = 0; n < 50; ++n) REQUIRE(engine.post_elevenlabs(conversation(n))->status == 200);
  REQUIRE(engine.settle());
  std::string out;
  REQUIRE(engine.run("rebuild") == 1);
  Json before = engine.api("/calls?limit=200");
  Json kpis = engine.api("/kpis?name=calls&period=day&from=2025-12-01&to=2026-01-01");
  REQUIRE(engine.stop() == 0);

  pid_t rebuilding = fork();
  if (rebuilding == 0) {
    execl(HOOKSWITCH_BINARY_DIR "/hookswitch", "hookswitch", "-c", engine.config_file().c_str(), "rebuild", nullptr);
    _exit(127);
  }
  usleep(20'000);  // wherever this hits, the outcome is the same
  kill(rebuilding, SIGKILL);
  waitpid(rebuilding, nullptr, 0);

  REQUIRE(engine.run("--json rebuild", &out) == 0);
  REQUIRE(Json::parse(out)["calls"] == 50);
  REQUIRE(!std::filesystem::exists(engine.dir().path() + "/data/state.rebuild"));
  engine.start();
  REQUIRE(engine.api("/calls?limit=200") == before);
  REQUIRE(engine.api("/kpis?name=calls&period=day&from=2025-12-01&to=2026-01-01") == kpis);
}

}  // namespace hookswitch::test
