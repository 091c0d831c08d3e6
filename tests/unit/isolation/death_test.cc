// A plugin's process that dies, hangs or raves costs one call, and nothing else.
#include <signal.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/support/temp_dir.h"
#include "tests/unit/isolation/rig.h"

using namespace hookswitch;
using namespace hookswitch::test;
namespace fs = std::filesystem;

namespace {

struct Death {
  const char* way;
  const char* how;
};
const Death kDeaths[] = {
    {"segfault", "its process was killed by signal 11 (Segmentation fault)"},
    {"abort", "its process was killed by signal 6 (Aborted)"},
    {"exit", "its process exited with status 7"},
    {"garbage", "its process answered with something else than an answer"},
    {"closes", "its process closed its connection"},
};

int64_t elapsed_ms(std::chrono::steady_clock::time_point since) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - since).count();
}

}  // namespace

TEST_CASE("a process that dies is tried once more, and then it is an error that says how") {
  for (const Death& death : kDeaths) {
    INFO(death.way);
    Rig rig;
    const std::string verified = rig.verify(death.way);
    CHECK_THAT(verified, Catch::Contains("provider broken: verify broke the plugin contract: "));
    CHECK_THAT(verified, Catch::Contains(death.how));
    CHECK_THAT(verified, Catch::Contains("after another that "));
    CHECK(rig.restarts() == 1);
    CHECK(rig.verify("") == "");
    CHECK_THAT(rig.decode(std::string("decode-") + death.way), Catch::Contains(death.how));
    CHECK(rig.decode("") == "");
    CHECK(rig.restarts() == 4);
    CHECK(rig.info().counters.breaches == 2);
  }
}

TEST_CASE("what succeeds the second time is as if nothing had happened") {
  TempDir dir;
  const std::string file = dir.write("as long as this is here", "");
  Rig rig;
  std::string said = "nothing yet";
  std::thread calling([&] { said = rig.decode("decode-waits", file); });
  REQUIRE(eventually([&] { return !rig.pids().empty(); }));
  fs::remove(file);
  calling.join();
  CHECK(said == "");
  CHECK(rig.restarts() <= 1);  // 0 when the file was gone before the plugin looked
  CHECK(rig.info().counters.breaches == 0);
}

TEST_CASE("an endless loop is ended at its deadline, and tried again only where nobody on the network waits") {
  Rig rig(Rig::hurried());
  auto begun = std::chrono::steady_clock::now();
  CHECK_THAT(rig.verify("loops"), Catch::Contains("its process did not answer within 300 ms"));
  CHECK(elapsed_ms(begun) >= kShortMs);
  CHECK(rig.verify("") == "");
  CHECK(rig.restarts() == 1);
  CHECK_THAT(rig.decode("decode-loops"), Catch::Contains("after another that did not answer within 300 ms"));
  CHECK(rig.decode("") == "");
  CHECK(rig.restarts() == 3);
}

TEST_CASE("a plugin that eats memory gets no more than its bound") {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  Rig rig;
  CHECK_THAT(rig.verify("eats memory"), Catch::Contains("let an exception out: std::bad_alloc"));
  CHECK(rig.verify("") == "");
#endif
}

TEST_CASE("while one call hangs, others of the same plugin are answered, and one too many waits") {
  IsolationOptions options = Rig::hurried();
  options.quick_call_ms = 2'000;
  options.lanes = 2;
  Rig rig(options);
  TempDir dir;
  const std::string file = dir.write("as long as this is here", "");
  std::thread first([&] { rig.verify("waits", file); });
  REQUIRE(eventually([&] { return rig.verify("") == "" && rig.pids().size() == 2; }));
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) CHECK(rig.verify("") == "");
  CHECK(elapsed_ms(begun) < options.quick_call_ms);
  std::thread second([&] { rig.verify("waits", file); });
  std::string said = "nothing yet";
  std::thread third([&] { said = rig.verify(""); });
  fs::remove(file);
  for (std::thread* each : {&first, &second, &third}) each->join();
  CHECK(said == "");
  CHECK(rig.pids().size() <= 2);
}

TEST_CASE("a process that was killed from outside is replaced, with the sources that are asked") {
  Rig rig;
  auto other = rig.create("{}").value();
  for (int i = 0; i < 3; ++i) {
    REQUIRE(rig.pids().size() == 1);
    kill(rig.pids().front(), SIGKILL);
    CHECK(rig.verify("") == "");
    CHECK(other->verify({}).has_value());
  }
  CHECK(rig.restarts() == 3);
}

TEST_CASE("a plugin that dies when it is loaded is refused, in one line that says how") {
  Rig rig(isolation_options(), std::string(kBrokenDir) + "dies_at_entry.so");
  CHECK_THAT(rig.loaded().refused, Catch::Contains("dies_at_entry.so: its process was killed by signal 6 (Aborted)"));
}

TEST_CASE("a process that dies again and again when it is started is started at growing distances") {
  Rig rig;
  for (int i = 0; i < limits::kQuickStarts; ++i) {
    auto made = rig.create("segfault");
    REQUIRE_FALSE(made);
    CHECK_THAT(made.error().message, Catch::Contains("create broke the plugin contract: its process was killed by"));
  }
  CHECK_THAT(rig.verify(""), Catch::Contains("its processes failed 3 times in a row, the next is started in"));
  for (int64_t pause_ms : {limits::kStartPauseMs, 2 * limits::kStartPauseMs}) {
    const auto begun = std::chrono::steady_clock::now();
    CHECK_FALSE(rig.create("segfault"));
    CHECK(elapsed_ms(begun) >= pause_ms / 2);  // some of it was over when it began
  }
  CHECK(eventually([&] { return rig.verify("") == ""; }));
  CHECK_FALSE(rig.create("segfault"));
  CHECK(rig.verify("") == "");  // a good call had ended the row
}

TEST_CASE("a plugin that hangs again and again is not waited for again and again") {
  Rig rig(Rig::hurried());
  for (int i = 0; i < limits::kQuickStarts; ++i) CHECK_THAT(rig.verify("loops"), Catch::Contains("did not answer"));
  CHECK_THAT(rig.verify(""), Catch::Contains("its processes failed 3 times in a row"));
  CHECK(rig.decode("") == "");  // waits for the end of the pause: it would be a dead letter
  CHECK(rig.verify("") == "");
}

TEST_CASE("a source that is refused is refused as by a plugin in this process, and the process goes on") {
  Rig rig;
  auto made = rig.create("refuse");
  REQUIRE_FALSE(made);
  CHECK(made.error().code == Code::invalid);
  CHECK(made.error().message == "configure source s: provider broken: create: secret: found none, expected one");
  CHECK(rig.restarts() == 0);
}
