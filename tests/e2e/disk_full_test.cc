// No space left: a bound on the size of files, set and lifted from outside, does to the engine what a full disk does.
#include <fmt/format.h>
#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/engine_process.h"

namespace hookswitch::test {
namespace {

namespace fs = std::filesystem;

void bound_files(pid_t pid, rlim_t bytes) {
  rlimit limit{bytes, RLIM_INFINITY};
  REQUIRE(prlimit(pid, RLIMIT_FSIZE, &limit, nullptr) == 0);
}

std::string conversation(int n, size_t padding) {
  return fmt::format(
      R"({{"type":"post_call_transcription","event_timestamp":1739537297,"data":{{"conversation_id":"conv_{}",)"
      R"("status":"done","metadata":{{"start_time_unix_secs":1739537297}},"note":"{}"}}}})",
      n, std::string(padding, 'x'));
}

int ready(EngineProcess& engine) { return cli::request("GET", engine.url("/readyz"), {}, "")->status; }

// Posts until one of that size is refused; how many were acknowledged.
int fill(EngineProcess& engine, int& next, size_t bytes) {
  for (int acknowledged = 0; acknowledged < 2'000; ++acknowledged) {
    auto answer = engine.post_elevenlabs(conversation(next++, bytes));
    REQUIRE(answer);
    if (answer->status == 503) return acknowledged;
    REQUIRE(answer->status == 200);
  }
  FAIL("the disk is never full");
  return 0;
}

}  // namespace

TEST_CASE("while the disk is full nothing is acknowledged and nothing is lost, and then it goes on by itself") {
  EngineProcess engine;
  engine.start();
  REQUIRE(engine.post_elevenlabs(conversation(0, 100))->status == 200);
  REQUIRE(engine.settle());
  bound_files(engine.pid(), fs::file_size(engine.dir().path() + "/data/log/data.mdb") + 4'000'000);
  int next = 1, acknowledged = 1;
  for (size_t bytes : {500'000, 20'000, 1'000}) acknowledged += fill(engine, next, bytes);

  CHECK(ready(engine) == 503);
  auto large = engine.post_elevenlabs(conversation(next++, 60'000'000 / 2));
  CHECK(large->status == 503);
  auto metrics = cli::request("GET", engine.url("/metrics"), {}, "");
  CHECK(metrics->body.find("hookswitch_refused_total{reason=\"store\",source=\"elevenlabs\"}") != std::string::npos);
  CHECK(cli::request("GET", engine.url("/healthz"), {}, "")->status == 200);

  bound_files(engine.pid(), RLIM_INFINITY);
  CHECK(eventually([&] { return ready(engine) == 200; }));  // without any delivery
  CHECK(engine.post_elevenlabs(conversation(next++, 500'000))->status == 200);
  REQUIRE(engine.settle());
  CHECK(engine.api("/status")["log"]["last_seq"] == acknowledged + 1);
  CHECK(engine.api("/dead")["data"].empty());
  CHECK(engine.api("/calls/conv_0").contains("id"));
  CHECK(engine.api(fmt::format("/calls/conv_{}", next - 1)).contains("id"));
  REQUIRE(engine.stop() == 0);
  engine.start();
  CHECK(engine.api("/status")["log"]["last_seq"] == acknowledged + 1);
}

TEST_CASE("while the state cannot be written deliveries are still taken, and processing goes on when it can") {
  EngineProcess engine;
  engine.start();
  REQUIRE(engine.post_elevenlabs(conversation(0, 100))->status == 200);
  REQUIRE(engine.settle());
  // The log has room ahead of its end; the state is the smaller file and grows by what it is given.
  bound_files(engine.pid(), fs::file_size(engine.dir().path() + "/data/state/data.mdb"));
  int sent = 1;
  for (; sent <= 200; ++sent) {
    auto answer = engine.post_elevenlabs(conversation(sent, 2'000));
    REQUIRE(answer);
    if (answer->status != 200) break;
  }
  bound_files(engine.pid(), RLIM_INFINITY);
  REQUIRE(engine.settle());
  for (int n = 0; n < sent; n += 7) CHECK(engine.api(fmt::format("/calls/conv_{}", n)).contains("id"));
  CHECK(engine.api("/dead")["data"].empty());
}

}  // namespace hookswitch::test
