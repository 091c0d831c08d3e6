// A hundred thousand tasks wait, and the one that is due does not wait for them.
#include <catch2/catch.hpp>

#include <chrono>
#include <fstream>

#include "engine/processor/task_steps.h"
#include "tests/support/in_process.h"

namespace hookswitch::test {
namespace {

constexpr int kTasks = 100'000;
constexpr int kAtOnce = 10'000;  // of one transaction
constexpr int kLookedAt = 30;    // tasks with a row: the others are timers, which is all that has to be passed

Task waiting_task(int n, int64_t due_ms) {
  Task task;
  task.key = fmt::format("many/{}", n);
  task.id = task_id_of("B1/L1", task.key);
  task.tenant = "B1/L1";
  task.to = fmt::format("+4072{:07}", n);
  task.window = "any";
  task.retry = to_json(RetryPolicy{});
  task.due_ms = task.next_ms = due_ms;
  task.created_ms = due_ms - 1;
  return task;
}

void put_tasks(Store& store, int64_t due_ms) {
  for (int from = 0; from < kTasks; from += kAtOnce) {
    auto put = store.write([&](Writer& writer) {
      for (int n = from; n < from + kAtOnce; ++n) {
        Task task = waiting_task(n, due_ms + n * 1'000LL);
        if (n < kLookedAt) put_task(writer, task);
        set_task_timer(writer, task, task.next_ms, 0);
      }
      return writer.status();
    });
    REQUIRE(put);
  }
}

bool fired(InProcess& engine, int n) {
  auto reader = engine.store().read();
  return find_task(**reader, task_id_of("B1/L1", fmt::format("many/{}", n)))->status != TaskStatus::scheduled;
}

uint64_t resident_pages() {
  uint64_t size = 0, resident = 0, shared = 0;
  std::ifstream("/proc/self/statm") >> size >> resident >> shared;
  return resident - shared;
}

}  // namespace

TEST_CASE("with a hundred thousand tasks waiting one fires within 100 ms of its time, and memory stays flat") {
  TempDir rules;
  rules.write("none.lua", "return { name = 'none', on = 'call.ended', handle = function() end }");
  InProcess engine(rules.path());
  const int64_t due_ms = engine.clock().now_ms() + 1'000;
  put_tasks(engine.store(), due_ms);
  const uint64_t before = resident_pages();
  std::vector<int64_t> took_ms;
  for (int n = 0; n < 20; ++n) {
    REQUIRE_FALSE(fired(engine, n));
    engine.clock().set_ms(due_ms + n * 1'000LL);
    auto began = std::chrono::steady_clock::now();
    engine.log().wake();
    REQUIRE(eventually([&] { return fired(engine, n); }));
    auto took = std::chrono::steady_clock::now() - began;
    took_ms.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(took).count());
    REQUIRE_FALSE(fired(engine, n + 1));
  }
  std::ranges::sort(took_ms);
  INFO("median " << took_ms[10] << " ms, slowest " << took_ms.back() << " ms");
  CHECK(took_ms[10] < 100);
  CHECK(resident_pages() < before + 4'096);  // 16 MiB
}

}  // namespace hookswitch::test
