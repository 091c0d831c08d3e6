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
      bench_.advance((10 + roll(30)) * kMinute);
      for (const std::string& id : under_way()) {
        ActionStatus status = bench_.action(id).status;
        if (status == ActionStatus::waiting) send(id);
        if (status == ActionStatus::unknown) look(id);
      }
      tell_some();
    }
  }

  bool all_ended() { return none("scheduled") && none("in_progress"); }
  TaskBench& bench() { return bench_; }
  const std::vector<std::string>& ids() const { return ids_; }
  const std::map<std::string, int>& rung() const { return rung_; }

 private:
  int roll(int sides) { return std::uniform_int_distribution<int>(0, sides - 1)(dice_); }
  bool chance(int percent) { return roll(100) < percent; }

  bool none(const std::string& status) { return task_page(*bench_.read(), {.status = status}, "", 1)->rows.empty(); }

  // The actions of all tasks whose attempt is not over.
  std::vector<std::string> under_way() {
    std::vector<std::string> out;
    std::string cursor;
    do {
      auto page = task_page(*bench_.read(), {.status = "in_progress"}, cursor, 200);
      for (const Json& task : page->rows) out.push_back(task.at("action_id"));
      cursor = page->next_cursor;
    } while (!cursor.empty());
    return out;
  }

  // What the provider does, and what it says of that, are two things.
  void send(const std::string& action) {
    if (bench_.action(action).next_ms > bench_.now_ms() || !bench_.claim(action)) return;
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
  Storm storm(1, 1'000);
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
