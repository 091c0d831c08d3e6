// A thousand tasks against a provider that loses, delays, repeats and refuses, told in any order: nobody is rung twice
// for one attempt, no task is lost, and the same seed gives the same end.
#include <map>
#include <random>

#include "tests/unit/tasks/task_bench.h"

namespace hookswitch::test {
namespace {

constexpr int64_t kMinute = 60'000;

class Storm {
 public:
  Storm(uint32_t seed, int tasks) : dice_(seed) {
    for (int i = 0; i < tasks; ++i) {
      ids_.push_back(bench_.schedule({{"to", fmt::format("+4072{:07}", i)},
                                      {"due_at", bench_.now_ms() + roll(600) * kMinute},
                                      {"retry", {{"attempts", 1 + roll(4)}, {"delays", {"5m", "1h"}}}}}));
    }
  }

  void run() {
    for (int step = 0; step < 4'000 && !all_ended(); ++step) {
      bench_.advance((1 + roll(10)) * kMinute);
      for (const std::string& id : waiting()) send(id);
      for (const std::string& id : with_status("unknown")) look(id);
      tell_some();
    }
  }

  bool all_ended() { return with_status_of_tasks("scheduled") + with_status_of_tasks("in_progress") == 0; }
  TaskBench& bench() { return bench_; }
  const std::vector<std::string>& ids() const { return ids_; }
  const std::map<std::string, int>& rung() const { return rung_; }

 private:
  int roll(int sides) { return std::uniform_int_distribution<int>(0, sides - 1)(dice_); }
  bool chance(int percent) { return roll(100) < percent; }

  size_t with_status_of_tasks(const std::string& status) {
    return task_page(*bench_.read(), {.status = status}, "", 200)->rows.size();
  }
  std::vector<std::string> with_status(const std::string& status) {
    std::vector<std::string> out;
    for (const Json& row : action_page(*bench_.read(), {.status = status}, "", 200)->rows) out.push_back(row.at("id"));
    return out;
  }
  std::vector<std::string> waiting() {
    std::vector<std::string> ids = with_status("waiting");
    std::erase_if(ids, [&](const std::string& id) { return bench_.action(id).next_ms > bench_.now_ms(); });
    return ids;
  }

  // What the provider does, and what it says of that, are two things.
  void send(const std::string& action) {
    if (bench_.action(action).status != ActionStatus::waiting || !bench_.claim(action)) return;
    if (chance(10)) return bench_.answer(action, {{"kind", "failed"}});
    bool rings = chance(80);
    if (rings) {
      ++rung_[action];
      outcomes_.emplace_back(action, chance(50) ? "completed" : chance(50) ? "no_answer" : "busy");
      if (chance(20)) tell(outcomes_.size() - 1);  // before its answer
    }
    if (bench_.action(action).status != ActionStatus::sending) return;
    if (chance(20)) return bench_.lose(action);
    bench_.answer(action, {{"kind", rings ? "done" : "retry"}});
  }

  void look(const std::string& action) {
    if (bench_.action(action).next_ms > bench_.now_ms()) return;
    if (chance(30)) return bench_.look(action, {{"kind", "unknown"}});
    bench_.look(action, {{"kind", rung_.contains(action) ? "done" : "retry"}});
  }

  void tell(size_t at) { bench_.call_ended(outcomes_[at].first, outcomes_[at].second); }

  // Some are told late, some twice, some never.
  void tell_some() {
    for (size_t n = outcomes_.size(); n > 0; --n) {
      size_t at = n - 1;
      if (chance(70)) continue;
      if (chance(85)) tell(at);
      if (chance(10)) tell(at);
      outcomes_.erase(outcomes_.begin() + static_cast<std::ptrdiff_t>(at));
    }
  }

  TaskBench bench_;
  std::mt19937 dice_;
  std::vector<std::string> ids_;
  std::map<std::string, int> rung_;                            // by action: how often somebody's phone rang
  std::vector<std::pair<std::string, std::string>> outcomes_;  // not told yet
};

}  // namespace

TEST_CASE("a thousand tasks in a storm all end, and nobody is rung twice for one attempt") {
  uint32_t seed = GENERATE(1U, 2U);
  INFO("seed " << seed);
  Storm storm(seed, 1'000);
  storm.run();
  REQUIRE(storm.all_ended());
  std::map<std::string, int> ends;
  for (const std::string& id : storm.ids()) {
    Task task = storm.bench().task(id);
    ++ends[name(task.status)];
    REQUIRE(is_final(task.status));
    REQUIRE(task.attempts <= task.max_attempts);
    REQUIRE(task.history.size() == static_cast<size_t>(task.attempts));
  }
  for (const auto& [action, times] : storm.rung()) REQUIRE(times == 1);
  CHECK((ends["completed"] > 300 && ends["failed"] > 20 && ends["exhausted"] > 20));
  CHECK(storm.bench().dead() == 0);
}

TEST_CASE("the same seed gives the same end, byte for byte") {
  auto run = [] {
    Storm storm(7, 60);
    storm.run();
    return storm.bench().everything();
  };
  std::string first = run();
  CHECK(first == run());
  CHECK(first.size() > 10'000);
}

}  // namespace hookswitch::test
