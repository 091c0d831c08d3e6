// Backups of an engine under load, by the real binary: consistent, also when they are killed, and put back elsewhere.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>

#include "tests/e2e/posting.h"

namespace hookswitch::test {
namespace {

namespace fs = std::filesystem;

Json run_json(const EngineProcess& engine, const std::string& arguments, int expected = 0) {
  std::string out;
  const int code = engine.run("--json " + arguments, &out);
  INFO(arguments << ": " << out);
  CHECK(code == expected);
  return Json::parse(out, nullptr, false);
}

/// Starts a backup and kills it after so many microseconds, unless it was done before.
void backup_killed(const EngineProcess& engine, const std::string& dest, useconds_t after_us) {
  const pid_t pid = fork();
  if (pid == 0) {
    const int nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, STDOUT_FILENO);
    execl(HOOKSWITCH_BINARY_DIR "/hookswitch", "hookswitch", "-c", engine.config_file().c_str(), "backup", dest.c_str(),
          nullptr);
    _exit(127);
  }
  usleep(after_us);
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
}

}  // namespace

TEST_CASE("a backup under load is consistent, and restored elsewhere it has everything acknowledged before it") {
  EngineProcess engine;
  engine.start();
  const std::string dest = engine.dir().path() + "/backup";
  REQUIRE(engine.post_elevenlabs(conversation("large", 2'000'000))->status == 200);
  Posting posting(engine);
  REQUIRE(eventually([&] { return posting.acknowledged() >= 50; }));
  auto first = run_json(engine, "backup " + dest);
  const auto before = posting.acknowledged_ids();
  REQUIRE(eventually([&] { return posting.acknowledged() >= before.size() + 50; }));
  auto known = posting.acknowledged_ids();
  auto second = run_json(engine, "backup " + dest);
  posting.stop();
  CHECK(posting.other() == 0);
  CHECK(first["position"] <= first["last_seq"]);
  CHECK(first["blobs"] == 1);
  CHECK(second["blobs"] == 0);
  CHECK(second["records"].get<uint64_t>() == second["last_seq"].get<uint64_t>() - first["last_seq"].get<uint64_t>());
  CHECK(second["last_seq"].get<uint64_t>() > known.size());

  EngineProcess other;
  auto restored = run_json(other, "restore " + dest);
  CHECK(restored["last_seq"] == second["last_seq"]);
  CHECK(run_json(other, "restore " + dest, 1).is_discarded());  // data is there now
  CHECK(run_json(other, "fsck")["ok"] == true);
  other.start();
  REQUIRE(other.settle());
  CHECK(missing_calls(other, known).empty());
  CHECK(other.api("/calls/large").contains("id"));
  CHECK(other.post_elevenlabs(conversation("after"))->status == 200);
}

TEST_CASE("a version of the rules that a backup has not whole is left out and named, and the rest is back") {
  EngineProcess engine;
  engine.start();
  const std::string dest = engine.dir().path() + "/backup";
  REQUIRE(engine.post_elevenlabs(conversation("conv_1"))->status == 200);
  REQUIRE(engine.settle());
  run_json(engine, "backup " + dest);
  const auto version = fs::directory_iterator(dest + "/rules")->path();
  std::ofstream(version / "added.lua") << "return {}";
  EngineProcess other;
  const auto restored = run_json(other, "restore " + dest);
  CHECK(restored["damaged_rules"] == Json::array({version.filename().string()}));
  CHECK_FALSE(fs::exists(other.dir().path() + "/data/rules/" + version.filename().string()));
  other.start();
  REQUIRE(other.settle());
  CHECK(other.api("/calls/conv_1").contains("id"));
}

TEST_CASE("a point in time is restored by its sequence, with the state that was") {
  EngineProcess engine;
  engine.start();
  const std::string dest = engine.dir().path() + "/backup";
  for (int n = 1; n <= 10; ++n) REQUIRE(engine.post_elevenlabs(conversation(fmt::format("conv_{}", n)))->status == 200);
  REQUIRE(engine.settle());
  run_json(engine, "backup " + dest);
  for (int n = 11; n <= 20; ++n) {
    REQUIRE(engine.post_elevenlabs(conversation(fmt::format("conv_{}", n)))->status == 200);
  }
  REQUIRE(engine.settle());
  run_json(engine, "backup " + dest);
  struct Cut {
    uint64_t seq;
    int calls;
    uint64_t processed;  // anew, after the copy of the state that was taken
  };
  for (const Cut& cut : {Cut{5, 5, 5}, Cut{10, 10, 0}, Cut{15, 15, 5}}) {
    EngineProcess other;
    auto restored = run_json(other, fmt::format("restore {} --to-seq {}", dest, cut.seq));
    CHECK(restored["processed"] == cut.processed);
    other.start();
    REQUIRE(other.settle());
    CHECK(other.api("/status")["log"]["last_seq"] == cut.seq);
    CHECK(other.api(fmt::format("/calls/conv_{}", cut.calls)).contains("id"));
    CHECK_FALSE(other.api(fmt::format("/calls/conv_{}", cut.calls + 1)).contains("agent_id"));
  }
}

TEST_CASE("backups that are killed at any moment hurt neither the engine nor the backup that was there") {
  EngineProcess engine;
  engine.start();
  const std::string dest = engine.dir().path() + "/backup";
  REQUIRE(engine.post_elevenlabs(conversation("large", 3'000'000))->status == 200);
  run_json(engine, "backup " + dest);
  Posting posting(engine, 1);
  for (useconds_t after_us = 5'000; after_us < 200'000; after_us += 15'000) backup_killed(engine, dest, after_us);
  run_json(engine, "restore " + dest + " " + engine.dir().path() + "/restored");
  const auto known = posting.acknowledged_ids();
  auto last = run_json(engine, "backup " + dest);
  posting.stop();
  CHECK(posting.other() == 0);
  CHECK(posting.refused() == 0);
  REQUIRE(engine.stop() == 0);
  EngineProcess other;
  run_json(other, "restore " + dest);
  other.start();
  REQUIRE(other.settle());
  CHECK(missing_calls(other, known).empty());
  CHECK(other.api("/status")["log"]["last_seq"].get<uint64_t>() >= last["last_seq"].get<uint64_t>());
}

TEST_CASE("a damaged state refuses the start and says what to do, and rebuild makes it good") {
  EngineProcess engine;
  engine.start();
  for (int n = 0; n < 50; ++n) REQUIRE(engine.post_elevenlabs(conversation(fmt::format("conv_{}", n)))->status == 200);
  REQUIRE(engine.settle());
  REQUIRE(engine.stop() == 0);
  const std::string file = engine.dir().path() + "/data/state/data.mdb";
  {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    for (uint64_t page = 2; page < fs::file_size(file) / 4096; page += 2) {
      stream.seekp(static_cast<std::streamoff>(page * 4096 + 10));
      stream.write("\x77\x77\x77\x77\x77\x77", 6);
    }
  }
  std::string out;
  CHECK(engine.run("serve", &out) == 1);
  CHECK(out.find("hookswitch rebuild") != std::string::npos);
  auto found = run_json(engine, "fsck", 1);
  CHECK(found["ok"] == false);
  CHECK(found["state_findings"].get<int>() > 0);
  CHECK(found["log_findings"] == 0);
  CHECK(engine.run("rebuild", &out) == 0);
  CHECK(run_json(engine, "fsck")["ok"] == true);
  engine.start();
  for (int n = 0; n < 50; ++n) CHECK(engine.api(fmt::format("/calls/conv_{}", n)).contains("id"));
}

TEST_CASE("of data that was cut off backup and replay say so") {
  EngineProcess engine;
  engine.start();
  for (int n = 0; n < 30; ++n) REQUIRE(engine.post_elevenlabs(conversation(fmt::format("c{}", n)))->status == 200);
  REQUIRE(engine.settle());
  REQUIRE(engine.stop() == 0);
  const std::string dir = engine.dir().path(), file = dir + GENERATE("/data/log/data.mdb", "/data/state/data.mdb");
  fs::resize_file(file, 5 * 4096);
  std::string out;
  CHECK(engine.run("backup " + dir + "/backup", &out) == 1);
  INFO(out);
  CHECK(out.contains("hookswitch fsck"));
  if (!file.contains("/log/")) return;
  CHECK(engine.run("replay --rules " + engine.rules_dir(), &out) == 1);
  CHECK(out.contains("hookswitch fsck"));
}

TEST_CASE("a damaged record becomes a dead letter, and everything behind it is served") {
  EngineProcess engine;
  engine.start();
  REQUIRE(engine.post_elevenlabs(conversation("before"))->status == 200);
  REQUIRE(engine.settle());
  const std::string data = engine.dir().path() + "/data";
  for (const char* id : {"damaged", "behind"}) REQUIRE(engine.post_elevenlabs(conversation(id))->status == 200);
  REQUIRE(engine.settle());
  REQUIRE(engine.stop() == 0);
  {
    const std::string bytes = read_file(data + "/log/data.mdb");
    std::fstream stream(data + "/log/data.mdb", std::ios::in | std::ios::out | std::ios::binary);
    for (size_t at = bytes.find("\"damaged\""); at != std::string::npos; at = bytes.find("\"damaged\"", at + 1)) {
      stream.seekp(static_cast<std::streamoff>(at));
      stream.put('#');
    }
  }
  std::string out;
  REQUIRE(engine.run("rebuild", &out) == 0);
  engine.start();
  REQUIRE(engine.settle());
  CHECK(engine.api("/dead")["data"].size() == 1);
  CHECK(engine.api("/calls/before").contains("id"));
  CHECK(engine.api("/calls/behind").contains("id"));
  const std::string dir = engine.dir().path();
  REQUIRE(run_json(engine, "backup " + dir + "/backup").is_object());
  const auto restored = run_json(engine, "restore " + dir + "/backup " + dir + "/other");
  CHECK(restored["damaged_records"] == 1);
  auto found = run_json(engine, "fsck", 1);
  REQUIRE(found["findings"].size() == 1);
  CHECK(found["findings"][0]["place"].get<std::string>().starts_with("record "));
}

}  // namespace hookswitch::test
