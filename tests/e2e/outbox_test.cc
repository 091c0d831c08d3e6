// Calls placed through the API at providers that fail in every way, with the engine killed at random: nobody is rung
// twice, nothing is lost, and everything has a named end. HOOKSWITCH_ACTIONS, HOOKSWITCH_KILLS and HOOKSWITCH_SEED
// change how many and where; with HOOKSWITCH_ACTIONS it also waits until nothing is unknown any more, which takes
// minutes.
#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <signal.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <map>
#include <random>
#include <shared_mutex>
#include <thread>

#include "tests/support/engine_process.h"
#include "tests/support/fake_provider.h"

namespace hookswitch::test {
namespace {

constexpr const char* kAnyHour = R"(calling:
  window: {days: mon-sun, from: "00:00", to: "24:00"}
  per_person: 0
  concurrency: 20
  per_second: 1000
sinks:
  call_log: {file: )";

int setting(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoi(text);
}

void pause_ms(int64_t ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

// The engine, and everybody who talks to it while it is killed and started again.
class Town {
  TempDir sink_dir_;
  std::string sink_ = sink_dir_.path() + "/calls.jsonl";

 public:
  FakeProvider provider;
  EngineProcess engine;

  Town(const Faults& faults, unsigned seed)
      : provider(faults), engine(std::string(kAnyHour) + sink_ + "}", "", provider.url()), random_(seed) {
    engine.start();
    reporter_ = std::thread([this] { report(); });
  }
  ~Town() {
    going_ = false;
    reporter_.join();
  }

  /// Places calls as somebody who asks again until answered.
  void place(int from, int count) {
    for (int n = from; n < from + count; ++n) {
      Json body{{"to", fmt::format("+4072{:07}", n)}, {"source", n % 2 == 0 ? "elevenlabs" : "twilio"}};
      if (n % 2 != 0) body["twiml"] = "<Response/>";
      while (going_) {
        std::shared_lock lock(alive_);
        auto answer = engine.api_post("/calls", body, fmt::format("key-{}", n));
        if (answer && answer->status == 202) {
          Json accepted = Json::parse(answer->body, nullptr, false);
          std::lock_guard noting(mutex_);
          actions_.push_back(accepted.value("action_id", ""));
          break;
        }
        lock.unlock();
        pause_ms(5);
      }
    }
  }

  void kill_and_start() {
    kill(engine.pid(), SIGKILL);  // in the middle of whatever anybody does
    std::unique_lock lock(alive_);
    engine.kill_hard();
    engine.start();
  }

  std::map<std::string, Json> rows() {
    std::shared_lock lock(alive_);
    std::map<std::string, Json> out;
    for (const std::string& id : actions()) out[id] = engine.api("/actions/" + id);
    return out;
  }
  std::vector<std::string> actions() {
    std::lock_guard lock(mutex_);
    return actions_;
  }
  size_t unreported() const { return waiting_; }
  int64_t dice(int64_t below) { return static_cast<int64_t>(random_() % static_cast<unsigned>(below)); }

 private:
  // What the provider says about calls it placed: again until it is taken, and now and then twice.
  void report() {
    std::vector<FakeReport> waiting;
    while (going_) {
      for (FakeReport& fresh : provider.take_reports()) waiting.push_back(std::move(fresh));
      waiting_ = waiting.size();
      std::vector<FakeReport> left;
      for (FakeReport& one : waiting) {
        bool taken = post(one);
        if (taken && one.action.back() % 4 == 0) post(one);
        if (!taken) left.push_back(std::move(one));
      }
      waiting = std::move(left);
      pause_ms(20);
    }
  }
  bool post(const FakeReport& one) {
    std::shared_lock lock(alive_);
    auto answer = one.source == "twilio" ? engine.post_twilio(one.body, one.kind) : engine.post_elevenlabs(one.body);
    return answer && answer->status == 200;
  }

  std::mt19937 random_;
  std::shared_mutex alive_;  // held alone while the engine is started anew
  std::mutex mutex_;         // guards actions_
  std::vector<std::string> actions_;
  std::atomic<size_t> waiting_{0};
  std::atomic<bool> going_{true};
  std::thread reporter_;
};

bool within(int64_t secs, const std::function<bool()>& condition) {
  auto end = std::chrono::steady_clock::now() + std::chrono::seconds(secs);
  while (std::chrono::steady_clock::now() < end) {
    if (condition()) return true;
    pause_ms(100);
  }
  return condition();
}

bool is_one_of(const std::string& status, std::initializer_list<const char*> words) {
  return std::ranges::any_of(words, [&](const char* word) { return status == word; });
}

}  // namespace

TEST_CASE("calls placed at failing providers by an engine that is killed ring nobody twice and are never lost") {
  const int count = setting("HOOKSWITCH_ACTIONS", 40);
  const int kills = setting("HOOKSWITCH_KILLS", count / 10);
  const auto seed = static_cast<unsigned>(setting("HOOKSWITCH_SEED", 20261121));
  const bool patient = std::getenv("HOOKSWITCH_ACTIONS") != nullptr;
  INFO("HOOKSWITCH_SEED=" << seed);
  Town town({.seed = seed,
             .drop_before = 2,
             .drop_after = 8,
             .broken_before = 2,
             .broken_after = 4,
             .html_after = 4,
             .rate_limited = 8,
             .busy = 4,
             .refused = 8,
             .slow_ms = 200},
            seed);

  std::thread caller([&] { town.place(0, count); });
  for (int i = 0; i < kills; ++i) {
    pause_ms(50 + town.dice(300));
    town.kill_and_start();
  }
  caller.join();
  REQUIRE(town.actions().size() == static_cast<size_t>(count));

  auto ended = [&] {
    auto placed = town.provider.placed();
    for (const auto& [id, row] : town.rows()) {
      std::string status = row.value("status", "");
      bool heard_of = placed.contains(id);  // its webhook tells, whatever became of the answer
      if (is_one_of(status, {"done", "failed", "held"})) continue;
      if (patient || heard_of || status != "unknown") return false;
    }
    return town.unreported() == 0;
  };
  REQUIRE(within(patient ? 1'800 : 60, ended));

  auto placed = town.provider.placed();
  for (const auto& [id, row] : town.rows()) {
    INFO(id << " " << dump(row));
    std::string status = row.value("status", "");
    CHECK(placed[id] <= 1);
    CHECK((placed[id] == 1) == (status == "done"));
    CHECK((status == "done" || !row.value("reason", Json()).is_null()));
  }
  Json dead = town.engine.api("/dead");
  INFO(dump(dead));
  CHECK(dead["data"].empty());
  CHECK(town.engine.stop() == 0);
}

TEST_CASE("a call placed through the API is one call with its webhooks, and one record in the call log") {
  Town town({}, 1);
  town.place(0, 2);
  REQUIRE(within(20, [&] {
    for (const auto& [id, row] : town.rows()) {
      if (row.value("status", "") != "done") return false;
    }
    return town.unreported() == 0;
  }));
  REQUIRE(town.engine.settle());
  auto rows = town.rows();
  for (const auto& [id, row] : rows) {
    Json call = town.engine.api("/calls/" + row.value("call_id", ""));
    INFO(dump(call));
    CHECK(call.value("status", "") == "completed");
    CHECK(call.value("direction", "") == "outbound");
    CHECK(call["external_ids"].value("action", "") == id);
  }
  CHECK(town.engine.api("/calls")["data"].size() == 2);
  Json status = town.engine.api("/status")["outbox"];
  CHECK(status["sources"]["twilio"]["breaker"] == "closed");
  REQUIRE(within(10, [&] { return town.engine.api("/actions?type=emit&status=done")["data"].size() == 1; }));
}

}  // namespace hookswitch::test
