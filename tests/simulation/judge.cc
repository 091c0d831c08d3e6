// Whether the engine has kept its promises, once everything is over.
#include <fmt/format.h>

#include "engine/base/hash.h"
#include "engine/state/dead.h"
#include "engine/state/tasks.h"
#include "engine/workbench/stage.h"
#include "tests/simulation/model.h"
#include "tests/simulation/world.h"

namespace hookswitch::simulation {
namespace {

template <class... Args>
void expect(bool holds, fmt::format_string<Args...> otherwise, Args&&... args) {
  if (!holds) throw Broken{fmt::format(otherwise, std::forward<Args>(args)...)};
}

template <class T>
T must(Result<T> result) {
  if (!result) throw Broken{result.error().message};
  return std::move(*result);
}

// Of the tables that the log alone determines. `meta` has the position, which is compared before.
uint64_t hash_of(const Reader& reader, Table table) {
  uint64_t hash = static_cast<uint64_t>(table);
  reader.scan(table, "", Direction::forward, [&](std::string_view key, std::string_view row) {
    hash = hash64(row, hash64(key, hash));
    return true;
  });
  return hash;
}

}  // namespace

void World::judge() {
  auto reader = must(store_.read());
  judge_deliveries(*reader);
  judge_tasks(*reader);
  judge_calls(*reader);
  judge_clean_run(*reader);
}

// Whatever was accepted counts, once, in order; what nobody could read or handle is a dead letter, and stops nothing.
void World::judge_deliveries(const Reader& reader) {
  Model model = Model::of(log_);
  for (const std::string& id : accepted_) {
    bool is_delivery = id.starts_with("ping") || id.starts_with("<") || id.starts_with("report");
    expect(!is_delivery || model.ids.contains(id), "{} was accepted, and is not in the log", id);
  }
  expect(model.ids.size() >= static_cast<size_t>(deliveries_), "{} deliveries were made, {} came in", deliveries_,
         model.ids.size());
  std::string differs = model.differs_from(reader);
  expect(differs.empty(), "{}", differs);
  tally_.dead = model.dead;
}

// Each has ended, or waits for a person who has to say what an action came to.
void World::judge_tasks(const Reader& reader) {
  for (const auto& [id, key] : task_keys_) {
    auto task = find_task(reader, id);
    expect(task.has_value(), "{} was asked for, and is not there", key);
    expect(task->attempts <= task->max_attempts, "{} had {} attempts, of {}", key, task->attempts, task->max_attempts);
    expect(is_final(task->status), "{} is {}, and nothing is left that would move it", key, name(task->status));
  }
  tally_.tasks = task_keys_.size();
}

void World::judge_calls(const Reader& reader) {
  for (const auto& [id, times] : network_.rung()) {
    expect(times == 1, "action {} rang somebody {} times", id, times);
    auto action = find_action(reader, id);
    expect(action.has_value(), "somebody was rung for action {}, which is not there", id);
    expect(action->status != ActionStatus::waiting && action->status != ActionStatus::sending,
           "action {} rang somebody, and is {}", id, name(action->status));
  }
}

// One record after another, without crashes and failures, makes the same state.
void World::judge_clean_run(const Reader& reader) {
  MemoryStore store;
  Stage::Parts parts{
      .log = log_, .decoder = *decoder_, .directory = directory_, .store = store, .metrics = process_metrics_};
  auto rules = must(RuleSet::load(rules_, {}));
  Stage stage(parts, Stage::Timers::from_log);
  auto visit = [&](const RecordView& record) {
    auto handled = stage.handle(record, *rules);
    expect(handled.has_value(), "{}", handled.error().message);
    return true;
  };
  must(log_.read(1, SIZE_MAX, visit, {}));
  expect(stage.commit().has_value(), "a clean run cannot be committed");
  auto clean = must(store.read());
  for (size_t i = 0; i < static_cast<size_t>(Table::count_); ++i) {
    auto table = static_cast<Table>(i);
    if (!follows_from_log(table) || table == Table::meta) continue;
    uint64_t hash = hash_of(reader, table);
    expect(hash == hash_of(*clean, table), "table {} is not as a clean run makes it: {} rows, {}", i,
           reader.count(table), clean->count(table));
    tally_.trace = hash64({reinterpret_cast<const char*>(&hash), sizeof hash}, tally_.trace);
  }
}

}  // namespace hookswitch::simulation
