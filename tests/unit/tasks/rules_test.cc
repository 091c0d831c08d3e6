// ctx.tasks: what rules may ask for, and what they see of it.
#include "engine/state/contacts.h"
#include "engine/state/dead.h"
#include "tests/unit/tasks/task_bench.h"

namespace hookswitch::test {
namespace {

constexpr int64_t kHour = 3'600'000;

// A rule that runs these lines for every message.
std::string on_message(const std::string& lines) {
  return "return { name = 'more', on = 'message.received', handle = function(event, ctx)\n" + lines + "\nend }";
}

std::string dead_reason(TaskBench& bench) {
  auto page = dead_page(*bench.read(), {}, "", 10);
  return page->rows.empty() ? "" : page->rows[0].value("reason", "");
}

Task only_task(TaskBench& bench) {
  auto page = task_page(*bench.read(), {}, "", 10);
  REQUIRE(page->rows.size() == 1);
  return Task::from_json(page->rows[0]);
}

}  // namespace

TEST_CASE("a rule schedules a task for its event's tenant, with numbers of its country") {
  TaskBench bench(on_message(R"(
    local id = ctx.tasks:schedule { key = "cb:" .. event.data.who, to = event.data.who, after = "1h", kind = "check_in",
                                    retry = { attempts = 2 }, variables = { name = "Ana" } }
    ctx.state:put("id", id)
  )"));
  bench.report("message.received", {{"who", "+40 721 234 567"}});
  Task task = only_task(bench);
  CHECK((task.kind == "check_in" && task.to == "+40721234567" && task.rule == "more" && task.max_attempts == 2));
  CHECK(task.next_ms == bench.now_ms() + kHour);
  bench.advance(kHour);
  CHECK(only_task(bench).status == TaskStatus::in_progress);
  CHECK(bench.action(only_task(bench).action).params.at("variables") == Json{{"name", "Ana"}});
}

TEST_CASE("a rule that runs again changes what waits, and nothing once it is under way") {
  TaskBench bench(on_message(
      R"(ctx.tasks:schedule { key = "k", to = "+40721234567", due_at = ctx.now + event.data.ms, source = "phone" })"));
  bench.report("message.received", {{"ms", kHour}});
  bench.report("message.received", {{"ms", 2 * kHour}});
  CHECK(only_task(bench).next_ms == bench.now_ms() + 2 * kHour);
  bench.advance(2 * kHour);
  bench.report("message.received", {{"ms", kHour}});
  CHECK(only_task(bench).attempts == 1);
  bench.place(only_task(bench).action);
  bench.call_ended(only_task(bench).action, "completed");
  bench.report("message.received", {{"ms", kHour}});
  bench.advance(2 * kHour);
  CHECK((only_task(bench).status == TaskStatus::completed && bench.actions().size() == 1));
}

TEST_CASE("a rule that runs again rings nobody before the retry is due, and a person may move it") {
  TaskBench bench(on_message(R"(ctx.tasks:schedule { key = "k", to = "+40721234567", after = "2s", source = "phone",
      retry = { attempts = 3, delays = { "1d" }, jitter = 0 } })"));
  bench.report("message.received", Json::object());
  bench.advance(2'000);
  bench.place(only_task(bench).action);
  bench.call_ended(only_task(bench).action, "no_answer");
  const int64_t retry_ms = bench.now_ms() + 24 * kHour;
  REQUIRE(only_task(bench).next_ms == retry_ms);
  bench.report("message.received", Json::object());
  CHECK(only_task(bench).next_ms == retry_ms);
  bench.advance(kHour);
  CHECK((only_task(bench).attempts == 1 && bench.actions().size() == 1));
  bench.command("task.update", {{"id", only_task(bench).id}, {"change", {{"due_at", bench.now_ms() + kHour}}}});
  CHECK(only_task(bench).next_ms == bench.now_ms() + kHour);
}

TEST_CASE("within one event a rule sees what it asked for") {
  TaskBench bench(on_message(R"(
    assert(ctx.tasks:get("k") == nil)
    local id = ctx.tasks:schedule { key = "k", to = "+40721234567", after = "1h" }
    assert(ctx.tasks:get("k").status == "scheduled" and ctx.tasks:get(id).key == "k")
    ctx.tasks:cancel("k", "no")
    assert(ctx.tasks:get(id).status == "canceled")
  )"));
  bench.report("message.received", Json::object());
  CHECK(dead_reason(bench).empty());
  CHECK((only_task(bench).status == TaskStatus::canceled && only_task(bench).reason == "no"));
}

TEST_CASE("an agent is found by the numbers it was put with, in this event and in later ones") {
  TaskBench bench(on_message(R"(
    if event.data.first then ctx.agents:put { id = "a", tenant = "B1/L1", phones = { "+40 31 000 0000" } } end
    local found = ctx.agents:find { phone = "0040 310000000" } or ctx.agents:find { phone = "+40310000000" }
    assert(found and found.id == "a" and found.phones[1] == "+40310000000")
    assert(ctx.agents:find { phone = "+40310000001" } == nil)
  )"));
  bench.report("message.received", {{"first", true}});
  bench.report("message.received", {{"first", false}});
  CHECK(dead_reason(bench).empty());
}

TEST_CASE("a number that cannot be rung is a visible refusal, not a dead letter") {
  TaskBench bench(on_message(R"(ctx.tasks:schedule { key = "k", to = "anonymous" })"));
  bench.report("message.received", Json::object());
  CHECK(dead_reason(bench).empty());
  CHECK((only_task(bench).status == TaskStatus::failed && only_task(bench).code == "invalid_number"));
}

TEST_CASE("a task that is not tried again after any outcome is asked for with an empty table") {
  TaskBench bench(
      on_message(R"(ctx.tasks:schedule { key = "k", to = "+40721234567", after = "1h", retry = { on = {} } })"));
  bench.report("message.received", Json::object());
  CHECK(dead_reason(bench).empty());
  CHECK(only_task(bench).status == TaskStatus::scheduled);
}

TEST_CASE("a rule that asks for nonsense is told so") {
  const std::pair<const char*, const char*> cases[] = {
      {"ctx.tasks:schedule { to = '+40721234567' }", "key"},
      {"ctx.tasks:schedule { key = 'k' }", "to:"},
      {"ctx.tasks:schedule { key = 'k', to = '+40721234567', after = 'soon' }", "after"},
      {"ctx.tasks:schedule { key = 'k', to = '+40721234567', after = '1h', due_at = 5 }", "one of due_at and after"},
      {"ctx.tasks:schedule { key = 'k', to = '+40721234567', window = { days = 'x' } }", "window"},
      {"ctx.tasks:schedule { key = 'k', to = '+40721234567', retries = 3 }", "retries"},
      {"ctx.tasks:retry('k', { at = 1, after = '1h' })", "one of at and after"},
      {"ctx.tasks.get('k')", "ctx.tasks:get"},
      {"ctx.timer:set { key = 'hookswitch.task/x', at = 1, name = 'x' }", "engine's own"},
      {"ctx.timer:cancel('hookswitch.task/x')", "engine's own"},
  };
  for (const auto& [lines, reason] : cases) {
    TaskBench bench(on_message(lines));
    bench.report("message.received", Json::object());
    INFO(lines << ": " << dead_reason(bench));
    CHECK(dead_reason(bench).find(reason) != std::string::npos);
  }
}

TEST_CASE("a retry at a time of the rule's own needs no word of the policy") {
  TaskBench bench(R"(
    return { name = "more", on = "call.ended", handle = function(event, ctx)
      if ctx.call.task_id then ctx.tasks:retry(ctx.call.task_id, { after = "10m", outcome = "hung_up" }) end
    end })");
  std::string id = bench.schedule();
  bench.place(bench.action_of(id));
  bench.call_ended(bench.action_of(id), "completed");
  Task task = bench.task(id);
  CHECK((task.status == TaskStatus::scheduled && task.outcome == "hung_up"));
  CHECK(task.next_ms == bench.now_ms() + 600'000);
}

}  // namespace hookswitch::test
