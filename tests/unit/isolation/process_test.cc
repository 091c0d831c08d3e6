// What a plugin's process has and knows, how long it lives, and streams in it.
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/support/temp_dir.h"
#include "tests/unit/isolation/rig.h"

using namespace hookswitch;
using namespace hookswitch::test;
namespace fs = std::filesystem;

namespace {

std::string of_process(int pid, const std::string& what) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/" + what, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// ElevenLabs's plugin, which can hash along.
class Streaming {
 public:
  Streaming() : rig_(isolation_options(), HOOKSWITCH_BINARY_DIR "/plugins/elevenlabs.so") {
    source_ = rig_.create(R"({"webhook_secret":"wsec"})").value();
  }
  std::unique_ptr<StreamedVerify> begin() const {
    DeliveryRequest request;
    static const HeaderList headers{{"elevenlabs-signature", "t=1,v0=00"}};
    request.headers = &headers;
    request.now_ms = 1'000;
    return source_->begin_verify(request);
  }
  const Rig& rig() const { return rig_; }

 private:
  Rig rig_;
  std::shared_ptr<Source> source_;
};

}  // namespace

TEST_CASE("a process has no environment, no descriptors of the engine, no secrets on its command line") {
  setenv("HOOKSWITCH_TEST_SECRET", "hidden", 1);
  Rig rig;
  auto source = rig.create(R"({"secret":"hidden"})").value();
  CHECK(source->verify({}).has_value());
  REQUIRE(rig.pids().size() == 1);
  const int pid = rig.pids().front();
  CHECK(of_process(pid, "environ") == "");
  CHECK(of_process(pid, "cmdline").find("hidden") == std::string::npos);
  CHECK(of_process(pid, "cmdline").find("plugin-host") != std::string::npos);
  CHECK_THAT(of_process(pid, "status"), Catch::Contains("NoNewPrivs:\t1"));
  if (geteuid() == 0) {  // only root may look into a process that hides its memory
    const auto files = fs::directory_iterator("/proc/" + std::to_string(pid) + "/fd");
    CHECK(std::distance(fs::begin(files), fs::end(files)) == 5);
  }
}

#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("a plugin in a process of its own reaches no network, starts no program and writes no file") {
  Rig rig;
  CHECK(rig.verify("reaches out") == "provider broken: verify: can only read");
  CHECK(rig.verify("") == "");
}
#endif

TEST_CASE("processes end with the plugins that they were started for") {
  int pid = 0;
  {
    Rig rig;
    pid = rig.pids().front();
    CHECK(kill(pid, 0) == 0);
  }
  CHECK(kill(pid, 0) == -1);
}

TEST_CASE("a file that takes a plugin's place on the disk is not what a new process loads") {
  TempDir dir;
  const std::string file = dir.path() + "/plugin.so";
  fs::copy_file(std::string(kBrokenDir) + "misbehaves.so", file);
  Rig rig(isolation_options(), file);
  fs::rename(dir.write("other", "no plugin at all"), file);
  kill(rig.pids().front(), SIGKILL);
  CHECK(rig.verify("") == "");
}

TEST_CASE("a thousand sources that come and go leave the process as it was") {
  Rig rig;
  for (int i = 0; i < 1'000; ++i) {
    auto source = rig.create("{}");
    REQUIRE(source);
    REQUIRE((*source)->verify({}).has_value());
  }
  CHECK(rig.restarts() == 0);
  CHECK(rig.pids().size() == 1);
}

TEST_CASE("threads that make, ask and drop sources side by side share the processes") {
  Rig rig;
  const auto work = [&] {
    for (int i = 0; i < 100; ++i) {
      auto source = rig.create("{}");
      if (!source || !(*source)->verify({}) || rig.decode("") != "") return false;
    }
    return true;
  };
  std::atomic<int> done{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([&] { done += work() ? 1 : 0; });
  for (int i = 0; i < 20; ++i) {
    for (int pid : rig.pids()) CHECK(pid > 0);
  }
  for (auto& thread : threads) thread.join();
  CHECK(done == 8);
  CHECK(rig.restarts() == 0);
  CHECK(rig.pids().size() <= limits::kLanes);
}

TEST_CASE("a stream's pieces go to the process where it began, many streams at once") {
  Streaming streaming;
  std::vector<std::unique_ptr<StreamedVerify>> streams;
  for (int i = 0; i < 10; ++i) streams.push_back(streaming.begin());
  for (auto& stream : streams) stream->update(std::string(100'000, 'x'));
  streams.pop_back();  // abandoned
  for (auto& stream : streams) {
    auto verdict = stream->finish();
    REQUIRE(verdict);
    CHECK(verdict->kind == Verdict::Kind::refuse);
    CHECK(verdict->code == "signature_mismatch");
  }
  CHECK(streaming.rig().restarts() == 0);
}

TEST_CASE("a stream whose process dies fails when it is finished, and further pieces are ignored") {
  Streaming streaming;
  auto stream = streaming.begin();
  stream->update("begun");
  kill(streaming.rig().pids().front(), SIGKILL);
  for (int i = 0; i < 3; ++i) stream->update("more");
  auto verdict = stream->finish();
  REQUIRE_FALSE(verdict);
  CHECK_THAT(verdict.error().message, Catch::Contains("its process was killed by signal 9"));
  auto next = streaming.begin();
  next->update("x");
  CHECK(next->finish().has_value());
}

TEST_CASE("providers that are not to be isolated are loaded into this process") {
  Providers providers;
  providers.open_with(isolating_opener(false, {"twilio"}, isolation_options()));
  for (const LoadOutcome& plugin : providers.load_dir(HOOKSWITCH_BINARY_DIR "/plugins")) {
    INFO(plugin.file << plugin.refused);
    CHECK(plugin.isolated == (plugin.provider == "twilio"));
  }
}
