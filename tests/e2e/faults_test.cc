// A disk that fails, a process without descriptors, a clock that jumps: nothing acknowledged is lost, every refusal is
// a 503, and the engine goes on by itself.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "tests/e2e/posting.h"
#include "tests/support/raw_post.h"

namespace hookswitch::test {
namespace {

namespace fs = std::filesystem;

/// An engine whose writes, syncs and clock can be made to fail, see support/faulty_io.c.
class FaultyEngine : public EngineProcess {
 public:
  explicit FaultyEngine(const std::string& extra = "") : EngineProcess(extra) {}

  void start_faulty() {
    setenv("HOOKSWITCH_FAULTS", control().c_str(), 1);
    setenv("LD_PRELOAD", HOOKSWITCH_BINARY_DIR "/tests/libfaulty_io.so", 1);
    start();
    unsetenv("LD_PRELOAD");
    unsetenv("HOOKSWITCH_FAULTS");
  }
  void faults(const std::string& lines) {
    dir().write("faults.new", lines);
    fs::rename(dir().path() + "/faults.new", control());
  }
  void heal() { fs::remove(control()); }

 private:
  std::string control() const { return dir().path() + "/faults"; }
};

int ready(EngineProcess& engine) {
  auto answer = cli::request("GET", engine.url("/readyz"), {}, "");
  return answer ? answer->status : 0;
}

}  // namespace

TEST_CASE("while the log cannot be written every delivery gets 503, and nothing acknowledged is lost") {
  // EIO of writes, EIO of syncs, a file system that was made read-only, no space for anything
  const std::string fault = GENERATE("5 w /data/log/", "5 s /data/log/", "30 wo /data/", "28 w /data/");
  INFO(fault);
  FaultyEngine engine;
  engine.start_faulty();
  Posting posting(engine);
  REQUIRE(eventually([&] { return posting.acknowledged() >= 20; }));
  engine.faults(fault);
  REQUIRE(eventually([&] { return posting.refused() >= 20; }));
  CHECK(ready(engine) == 503);
  CHECK(cli::request("GET", engine.url("/healthz"), {}, "")->status == 200);
  const size_t acknowledged = posting.acknowledged();
  REQUIRE(eventually([&] { return posting.refused() >= 40; }));
  CHECK(posting.acknowledged() == acknowledged);
  engine.heal();
  REQUIRE(eventually([&] { return posting.acknowledged() >= acknowledged + 20; }));
  posting.stop();
  CHECK(eventually([&] { return ready(engine) == 200; }));
  CHECK(posting.other() == 0);
  REQUIRE(engine.settle());
  CHECK(missing_calls(engine, posting.acknowledged_ids()) == std::vector<std::string>());
  CHECK(engine.api("/dead")["data"].empty());
  REQUIRE(engine.stop() == 0);
  std::string out;
  const int sound = engine.run("fsck", &out);
  INFO(out);
  CHECK(sound == 0);
}

TEST_CASE("while the state cannot be written deliveries are taken, and processed when it can") {
  const std::string fault = GENERATE("5 w /data/state/", "28 w /data/state/");
  FaultyEngine engine;
  engine.start_faulty();
  REQUIRE(engine.post_elevenlabs(conversation("first"))->status == 200);
  REQUIRE(engine.settle());
  engine.faults(fault);
  Posting posting(engine);
  REQUIRE(eventually([&] { return posting.acknowledged() >= 50; }));
  posting.stop();
  CHECK(posting.refused() + posting.other() == 0);
  CHECK_FALSE(engine.api("/status")["processor"]["position"] == engine.api("/status")["log"]["last_seq"]);
  engine.heal();
  REQUIRE(engine.settle());
  CHECK(missing_calls(engine, posting.acknowledged_ids()).empty());
  CHECK(engine.api("/dead")["data"].empty());
}

TEST_CASE("an erasure that waits leaves a data directory alone that took the place of its engine's") {
  FaultyEngine engine;
  engine.start_faulty();
  const std::string data = engine.dir().path() + "/data";
  engine.dir().write("data/state.rebuild/rebuild.plan", "of an interrupted rebuild");
  engine.faults("1 u /data/state.rebuild");
  REQUIRE(engine.api_post("/erasures", {{"phone", "+40721234567"}})->status == 202);
  REQUIRE(eventually([&] { return engine.log_text().contains("waits: remove " + data + "/state.rebuild"); }));
  fs::rename(data, engine.dir().path() + "/away");
  engine.dir().write("data/restore/log/data.mdb", "of a restore");
  engine.dir().write("data/state.rebuild/data.mdb", "of another rebuild");
  engine.heal();
  CHECK(eventually([&] { return engine.log_text().contains("found another data directory"); }));
  CHECK(fs::exists(data + "/restore/log/data.mdb"));
  CHECK(fs::exists(data + "/state.rebuild/data.mdb"));
}

TEST_CASE("a body that cannot be stored is refused, the small ones beside it are taken") {
  FaultyEngine engine;
  engine.start_faulty();
  engine.faults("5 wo /data/blobs/");
  CHECK(engine.post_elevenlabs(conversation("large", 2'000'000))->status == 503);
  CHECK(engine.post_elevenlabs(conversation("small"))->status == 200);
  engine.faults("5 s /data/blobs/");
  CHECK(engine.post_elevenlabs(conversation("large", 2'000'000))->status == 503);
  CHECK(engine.post_elevenlabs(conversation("small_too"))->status == 200);
  engine.heal();
  CHECK(engine.post_elevenlabs(conversation("large", 2'000'000))->status == 200);
  REQUIRE(engine.settle());
  CHECK(missing_calls(engine, {"large", "small", "small_too"}).empty());
}

TEST_CASE("without descriptors the engine lives on, and serves when it has some again") {
  EngineProcess engine;
  engine.start();
  REQUIRE(engine.post_elevenlabs(conversation("before"))->status == 200);
  REQUIRE(engine.settle());
  size_t used = 0;
  const std::string descriptors = fmt::format("/proc/{}/fd", engine.pid());
  for ([[maybe_unused]] const auto& fd : fs::directory_iterator(descriptors)) ++used;
  rlimit limit{};
  REQUIRE(prlimit(engine.pid(), RLIMIT_NOFILE, nullptr, &limit) == 0);
  const rlim_t usual = std::exchange(limit.rlim_cur, used + 4);
  REQUIRE(prlimit(engine.pid(), RLIMIT_NOFILE, &limit, nullptr) == 0);
  {
    std::vector<std::unique_ptr<RawPost>> held;
    for (int i = 0; i < 20; ++i) {
      held.push_back(std::make_unique<RawPost>(engine.port(), "/hooks/elevenlabs", "Content-Length: 10\r\n"));
    }
    const std::string large = conversation("large", 2'000'000);
    auto refused = engine.post_elevenlabs(large);  // nobody answers, or 503: there is no descriptor for its body
    CHECK((!refused || refused->status == 503));
  }
  CHECK(eventually([&] {
    auto answer = engine.post_elevenlabs(conversation("small"));
    return answer && answer->status == 200;
  }));
  limit.rlim_cur = usual;
  REQUIRE(prlimit(engine.pid(), RLIMIT_NOFILE, &limit, nullptr) == 0);
  CHECK(eventually([&] {
    auto answer = engine.post_elevenlabs(conversation("large", 2'000'000));
    return answer && answer->status == 200;
  }));
  REQUIRE(engine.settle());
  CHECK(missing_calls(engine, {"before", "small", "large"}).empty());
}

TEST_CASE("a clock that jumps forth and back neither stops the engine nor turns the log's order round") {
  FaultyEngine engine;
  engine.start_faulty();
  const int64_t day = 86'400'000;
  int n = 0;
  for (int64_t offset_ms : {int64_t{0}, day, -day, int64_t{0}, 30 * day, int64_t{0}}) {
    engine.faults(fmt::format("clock {}", offset_ms));
    usleep(20'000);  // each thread of the engine looks at its clock's file every 5 ms
    const std::string body = conversation(fmt::format("conv_{}", n++));
    auto answer = engine.post(
        "/hooks/elevenlabs",
        {{"Content-Type", "application/json"},
         {"ElevenLabs-Signature", elevenlabs_signature(kElevenLabsSecret, body, now_secs() + offset_ms / 1'000)}},
        body);
    REQUIRE(answer);
    CHECK(answer->status == 200);
  }
  REQUIRE(engine.settle());
  for (int i = 0; i < n; ++i) CHECK(engine.api(fmt::format("/calls/conv_{}", i)).contains("id"));
  CHECK(engine.stop() == 0);
  std::string out;
  CHECK(engine.run("fsck", &out) == 0);
}

// HOOKSWITCH_DISK_FULL_SECONDS=60 makes it as long as people would have to wait for somebody to look.
TEST_CASE("a small disk that fills up under load: 503 until there is room again, then on without a restart") {
  EngineProcess engine;
  const std::string data = engine.dir().path() + "/data";
  fs::create_directory(data);
  if (mount("tmpfs", data.c_str(), "tmpfs", 0, "size=256m") != 0) {
    WARN("no small disk can be made here: mounting is not allowed");
    return;
  }
  struct Unmount {
    const std::string& place;
    ~Unmount() { umount2(place.c_str(), MNT_DETACH); }
  } unmount{data};
  const char* wanted = std::getenv("HOOKSWITCH_DISK_FULL_SECONDS");
  const auto full_for = std::chrono::seconds(wanted == nullptr ? 2 : std::atoi(wanted));
  engine.start();
  REQUIRE(fs::exists(data + "/reserve"));
  Posting posting(engine, 2, 20'000);
  REQUIRE(eventually([&] { return posting.acknowledged() >= 50; }));
  const std::string filler = data + "/filler";
  {
    const int file = open(filler.c_str(), O_WRONLY | O_CREAT, 0600);
    // The engine writes too: what is free now may not be free in a moment.
    REQUIRE(eventually([&] {
      const auto room = fs::space(data).available;
      return room < 12'000'000 || posix_fallocate(file, 0, static_cast<off_t>(room - 10'000'000)) == 0;
    }));
    close(file);
  }
  REQUIRE(eventually([&] { return posting.refused() >= 20; }));
  CHECK(eventually([&] { return !fs::exists(data + "/reserve"); }));
  CHECK(ready(engine) == 503);
  const size_t acknowledged = posting.acknowledged();
  const auto until = std::chrono::steady_clock::now() + full_for;
  while (std::chrono::steady_clock::now() < until) usleep(100'000);
  CHECK(posting.acknowledged() == acknowledged);
  CHECK(engine.settle());  // what was acknowledged is processed all the same
  fs::remove(filler);
  CHECK(eventually([&] { return posting.acknowledged() >= acknowledged + 50; }));
  posting.stop();
  CHECK(posting.other() == 0);
  CHECK(eventually([&] { return fs::exists(data + "/reserve") && ready(engine) == 200; }));
  REQUIRE(engine.settle());
  CHECK(missing_calls(engine, posting.acknowledged_ids()).empty());
  const uint64_t last_seq = engine.api("/status")["log"]["last_seq"];
  CHECK(last_seq == posting.acknowledged());
  CHECK(engine.api("/dead")["data"].empty());
  REQUIRE(engine.stop() == 0);
  std::string out;
  CHECK(engine.run("fsck", &out) == 0);
}

}  // namespace hookswitch::test
