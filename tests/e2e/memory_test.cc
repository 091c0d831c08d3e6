// An engine that gets no more memory: what it cannot take it refuses, or it ends and is started again; nothing
// acknowledged is lost. And a rule that never has enough ends within its own budget.
//
// Sanitizers take memory of their own, and end a process that gets none.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#include <sys/resource.h>
#include <sys/wait.h>

#include <fstream>
#include <set>

#include "tests/e2e/posting.h"

namespace hookswitch::test {
namespace {

constexpr uint64_t kMiB = 1 << 20;

/// Bytes that a line of /proc/PID/status names.
uint64_t memory_of(const EngineProcess& engine, const std::string& name) {
  std::ifstream status("/proc/" + std::to_string(engine.pid()) + "/status");
  for (std::string word; status >> word;) {
    uint64_t kb = 0;
    if (word == name + ":" && status >> kb) return kb * 1024;
  }
  return 0;
}

/// Counts what the process itself allocates; files that it maps, the stores, are not bounded.
void allow_memory(const EngineProcess& engine, rlim_t bytes) {
  rlimit limit{.rlim_cur = bytes, .rlim_max = RLIM_INFINITY};
  REQUIRE(prlimit(engine.pid(), RLIMIT_DATA, &limit, nullptr) == 0);
}

/// Calls, or dead letters that became calls when there was memory again.
void redrive_all(EngineProcess& engine) {
  if (engine.api("/dead")["data"].empty()) return;
  REQUIRE(engine.api_post("/dead/redrive", Json{{"all", true}})->status == 200);
  REQUIRE(engine.settle());
}

}  // namespace

TEST_CASE("without memory deliveries are refused or the engine ends, and nothing acknowledged is lost") {
  EngineProcess engine;
  std::set<std::string> acknowledged;
  int round = 0;
  size_t trouble = 0;
  for (const rlim_t room : {0 * kMiB, 1 * kMiB, 3 * kMiB, 6 * kMiB, 10 * kMiB, 16 * kMiB}) {
    INFO("room for " << room / kMiB << " MiB");
    if (engine.running()) REQUIRE(engine.stop() == 0);
    engine.start();
    allow_memory(engine, memory_of(engine, "VmData") + room);
    Posting posting(engine, 8, 900'000, fmt::format("conv_{}", ++round));
    REQUIRE(eventually([&] { return engine.has_ended() || posting.acknowledged() + posting.refused() >= 100; }));
    if (engine.running()) {
      allow_memory(engine, RLIM_INFINITY);
      const size_t then = posting.acknowledged();
      CHECK(eventually([&] { return engine.has_ended() || posting.acknowledged() >= then + 10; }));
    }
    posting.stop();
    // Seldom there is not even the memory to say 503; providers come again after a 500 as well.
    CHECK((posting.odd_answer().empty() || posting.odd_answer().starts_with("500")));
    trouble += posting.refused() + (engine.running() ? 0 : 1);
    acknowledged.merge(posting.acknowledged_ids());
  }
  CHECK(trouble > 0);
  if (!engine.running()) engine.start();
  REQUIRE(engine.settle());
  redrive_all(engine);
  CHECK(missing_calls(engine, acknowledged) == std::vector<std::string>());
  CHECK(engine.api("/dead")["data"].empty());
  REQUIRE(engine.stop() == 0);
  std::string out;
  CHECK(engine.run("fsck", &out) == 0);
}

TEST_CASE("a rule that wants all memory ends within its own budget, and only its event suffers") {
  EngineProcess engine("limits: {rule_steps: 100000000}");  // so that memory is what it lacks first
  std::ofstream(engine.rules_dir() + "/hungry.lua") << R"(return {
  name = "hungry",
  on = "conversation.ended",
  handle = function(event, ctx)
    if event.data.raw.data.note ~= "feed me" then return end
    local eaten = {}
    while true do eaten[#eaten + 1] = string.rep("x", 100000) .. #eaten end
  end,
})";
  engine.start();
  REQUIRE(engine.post_elevenlabs(conversation("before"))->status == 200);
  REQUIRE(engine.settle());
  const uint64_t usual = memory_of(engine, "RssAnon");
  std::string hungry = conversation("hungry");
  hungry.replace(hungry.find(R"("note":"")"), 9, R"("note":"feed me")");
  REQUIRE(engine.post_elevenlabs(hungry)->status == 200);
  REQUIRE(engine.post_elevenlabs(conversation("after"))->status == 200);
  REQUIRE(engine.settle());
  CHECK(missing_calls(engine, {"before", "after"}) == std::vector<std::string>());
  const Json dead = engine.api("/dead")["data"];
  REQUIRE(dead.size() == 1);
  INFO(dump(dead));
  CHECK(dead[0].value("reason", "").find("memory") != std::string::npos);
  CHECK(memory_of(engine, "RssAnon") < usual + 32 * kMiB);
}

}  // namespace hookswitch::test
#endif
