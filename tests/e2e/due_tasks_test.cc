// Very many tasks wait and some become due: each is at the provider within a moment of its time, and waiting costs no
// memory. HOOKSWITCH_TASKS says how many wait (100000 is what is promised), HOOKSWITCH_DUE how many become due.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "engine/base/time_text.h"
#include "tests/support/engine_process.h"
#include "tests/support/fake_provider.h"
#include "tests/support/kept_connection.h"

namespace hookswitch::test {
namespace {

constexpr const char* kConfig = R"(calling:
  window: {days: mon-sun, from: "00:00", to: "24:00"}
  per_person: 0
  concurrency: 10000
  per_second: 1000
)";
constexpr int kConnections = 16;
constexpr int64_t kApartMs = 16;        // one task after another
constexpr int64_t kPromisedMs = 100;    // from a task's time to the provider
constexpr int64_t kGrowthKiB = 16'384;  // of the engine's own memory

int setting(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoi(text);
}

int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// What the engine holds of its own, without files that are mapped, in KiB.
int64_t own_memory(const EngineProcess& engine) {
  std::ifstream status(fmt::format("/proc/{}/status", engine.pid()));
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("RssAnon:")) return std::stoll(line.substr(8));
  }
  return 0;
}

void wait_until(int64_t ms) {
  std::this_thread::sleep_for(std::chrono::milliseconds(std::max<int64_t>(0, ms - now_ms())));
}

std::string token_of(const EngineProcess& engine) {
  std::string address, token;
  std::ifstream(engine.dir().path() + "/data/cli.token") >> address >> token;
  return token;
}

// Tasks `from` to `to`, each due at what `due` says, asked for over several connections.
int schedule(EngineProcess& engine, int from, int to, const std::function<int64_t(int)>& due) {
  std::atomic<int> next{from}, made{0};
  const std::string token = token_of(engine);
  std::vector<std::thread> threads;
  for (int i = 0; i < kConnections; ++i) {
    threads.emplace_back([&] {
      KeptConnection connection(engine.port());
      for (int n = next++; n < to; n = next++) {
        Json task{{"key", fmt::format("many/{}", n)},   {"tenant", "B1/L1"}, {"source", "elevenlabs"},
                  {"to", fmt::format("+4072{:07}", n)}, {"due_at", due(n)},  {"retry", {{"attempts", 1}}}};
        made += connection.post("/api/v1/tasks", token, dump(task)) == 201 ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return made;
}

}  // namespace

TEST_CASE("tasks that become due are at the provider within a moment, however many wait") {
  const int waiting = setting("HOOKSWITCH_TASKS", 2'000), due = setting("HOOKSWITCH_DUE", 60);
  FakeProvider provider;
  EngineProcess engine(kConfig, "", provider.url());
  engine.start();
  const int64_t empty_kib = own_memory(engine), tomorrow_ms = now_ms() + 86'400'000;
  auto began = std::chrono::steady_clock::now();
  REQUIRE(schedule(engine, 0, waiting, [&](int n) { return tomorrow_ms + n * 10; }) == waiting);
  double secs = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  REQUIRE(engine.settle());
  const int64_t waiting_kib = own_memory(engine);

  const int64_t first_ms = now_ms() + 1'000 + due;
  auto due_ms = [&](int n) { return first_ms + (n - waiting) * kApartMs; };
  REQUIRE(schedule(engine, waiting, waiting + due, due_ms) == due);
  wait_until(due_ms(waiting + due));
  REQUIRE(eventually([&] { return provider.placed().size() == static_cast<size_t>(due); }));

  std::vector<int64_t> late_ms;
  for (const auto& [to, arrived_ms] : provider.arrivals())
    late_ms.push_back(arrived_ms - due_ms(std::stoi(to.substr(5))));
  std::ranges::sort(late_ms);
  auto share = [&](size_t percent) { return late_ms[std::min(late_ms.size() - 1, late_ms.size() * percent / 100)]; };
  const int64_t fired_kib = own_memory(engine);
  std::string figures = fmt::format(
      "{} tasks wait, made at {:.0f}/s; of {} due {} ms apart, at the provider after ms: p50 {}, p99 {}, most {}; the "
      "engine's own memory in KiB: empty {}, waiting {}, fired {}",
      waiting, waiting / secs, due, kApartMs, share(50), share(99), late_ms.back(), empty_kib, waiting_kib, fired_kib);
  fmt::print("{}\n", figures);
  INFO(figures);
  CHECK(late_ms.size() == static_cast<size_t>(due));
  CHECK(late_ms.front() >= 0);
  CHECK(late_ms.back() < kPromisedMs);
  CHECK(fired_kib < empty_kib + kGrowthKiB);
  for (const auto& [action, times] : provider.placed()) CHECK(times == 1);
}

}  // namespace hookswitch::test
