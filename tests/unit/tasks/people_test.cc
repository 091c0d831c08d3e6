// What people say of tasks, and of whom tasks and actions are.
#include <catch2/catch.hpp>

#include "engine/processor/actions.h"
#include "engine/state/campaigns.h"
#include "engine/state/contacts.h"
#include "engine/state/erasures.h"
#include "engine/state/suppressions.h"
#include "tests/unit/tasks/task_bench.h"

namespace hookswitch::test {
namespace {

constexpr int64_t kHour = 3'600'000;

std::string status_of(TaskBench& bench, const std::string& id) { return name(bench.task(id).status); }

int schedule_anew(TaskBench& bench, const std::string& id, const Json& change = Json::object()) {
  return bench.command("task.update", {{"id", id}, {"status", "scheduled"}, {"change", change}}).at("status_code");
}

}  // namespace

TEST_CASE("a task that waits goes on waiting when somebody says that it is scheduled", "[tasks]") {
  TaskBench bench;
  const int64_t due_ms = bench.now_ms() + 3 * kHour;
  std::string id = bench.schedule({{"due_at", due_ms}});
  CHECK(schedule_anew(bench, id) == 200);
  CHECK(schedule_anew(bench, id, {{"due_at", due_ms}}) == 200);
  CHECK(status_of(bench, id) == "scheduled");
  CHECK(bench.task(id).next_ms == due_ms);
  CHECK(schedule_anew(bench, id, {{"due_at", due_ms + kHour}}) == 200);
  CHECK(bench.task(id).next_ms == due_ms + kHour);
}

TEST_CASE("a task that was canceled before it was due is due when it was to be", "[tasks]") {
  TaskBench bench;
  const int64_t due_ms = bench.now_ms() + 3 * kHour;
  std::string id = bench.schedule({{"due_at", due_ms}});
  bench.command("task.cancel", {{"id", id}});
  REQUIRE(status_of(bench, id) == "canceled");
  CHECK(schedule_anew(bench, id) == 200);
  CHECK(bench.task(id).next_ms == due_ms);
  bench.advance(3 * kHour);
  CHECK(status_of(bench, id) == "in_progress");
}

TEST_CASE("a task of nobody hears of its call, whosesoever that turns out to be", "[tasks]") {
  TaskBench bench;
  bench.command("agent.put", {{"id", "a1"}, {"row", {{"source", "phone"}, {"tenant", "B1/L1"}}}});
  Json made = bench.command("task.create", {{"wish", {{"to", "+40721234567"}}}});
  REQUIRE(made.at("status_code") == 201);
  std::string id = made.at("id"), action = bench.action_of(id);
  REQUIRE(bench.task(id).tenant.empty());
  bench.place(action);
  bench.report("call.ended", {{"external_ids", {{"action", action}}}, {"agent_id", "a1"}, {"status", "no_answer"}});
  CHECK(status_of(bench, id) == "scheduled");
  CHECK(bench.task(id).outcome == "no_answer");
  bench.advance(24 * kHour);
  action = bench.action_of(id);
  bench.place(action);
  bench.report("call.ended", {{"external_ids", {{"action", action}}}, {"agent_id", "a1"}, {"status", "completed"}});
  CHECK(status_of(bench, id) == "completed");
}

TEST_CASE("a contact without a tenant is everybody's, however that is written", "[tasks]") {
  TaskBench bench(
      "return { name = 'who', on = 'call.ended', handle = function(event, ctx)\n"
      "ctx.state:put('names', { ctx.contacts:get('c1').name, ctx.contacts:find { phone = '+40721234567' }.name,\n"
      "ctx.agents:get('a1').name }) end }");
  Json contact{{"tenant", nullptr}, {"name", "Ana"}, {"phones", {"+40721234567"}}};
  bench.command("contact.put", {{"id", "c1"}, {"row", contact}});
  bench.command("agent.put", {{"id", "a1"}, {"row", {{"source", "phone"}, {"tenant", nullptr}, {"name", "Bot"}}}});
  bench.report("call.ended", {{"external_ids", {{"call_sid", "CA1"}}}, {"status", "completed"}});
  CHECK(bench.dead() == 0);
}

TEST_CASE("who refused is not called by any number they are erased with, however that was written", "[tasks]") {
  TaskBench bench;
  const char* const written[] = {"+40744000011", "+40 744 000 012", "0744 000 013", "0040744000014",
                                 "whatsapp:+40744000015"};
  Json contact{{"tenant", "B1/L1"}, {"do_not_call", true}, {"phones", written}};
  bench.command("contact.put", {{"id", "c1"}, {"row", contact}});
  REQUIRE(bench.command("erasure.start", {{"phone", "+40744000011"}}).at("status_code") == 202);
  bench.advance(60'000);
  CHECK(find_erasure(*bench.read(), "era_0000000000000002")->status == ErasureStatus::log);
  for (const char* phone : {"+40744000011", "+40744000012", "+40744000013", "+40744000014", "+40744000015"}) {
    CAPTURE(phone);
    CHECK(bench.task(bench.schedule({{"to", phone}})).code == "do_not_call");
  }
}

TEST_CASE("who refused is not called after an erasure either by what is no tenant's", "[tasks]") {
  TaskBench bench;
  Json contact{{"tenant", "B1/L1"}, {"do_not_call", true}, {"phones", {"+40744000011"}}};
  bench.command("contact.put", {{"id", "c1"}, {"row", contact}});
  REQUIRE(bench.command("erasure.start", {{"phone", "+40744000011"}}).at("status_code") == 202);
  bench.advance(60'000);
  REQUIRE_FALSE(find_contact(*bench.read(), "c1"));
  Json made = bench.command("task.create", {{"wish", {{"to", "+40744000011"}}}});
  CHECK(bench.task(made.at("id")).code == "do_not_call");
}

TEST_CASE("an erasure ends although nobody can tell what became of a call", "[tasks]") {
  TaskBench bench;
  std::string action = bench.action_of(bench.schedule());
  REQUIRE(bench.claim(action));
  bench.lose(action);
  bench.command("erasure.start", {{"phone", "+40721234567"}});
  bench.advance(60'000);
  CHECK(find_action(*bench.read(), action));
  bench.advance(longest_doubt_ms());
  CHECK_FALSE(find_action(*bench.read(), action));
  CHECK(unfinished_erasures(*bench.read()).at(0).status == ErasureStatus::log);
}

TEST_CASE("a task whose call a person hung up is done, though nobody says so until its deadline", "[tasks]") {
  TaskBench bench;
  std::string id = bench.schedule();
  bench.place(bench.action_of(id));
  bench.report("call.initiated", {{"external_ids", {{"action", bench.action_of(id)}}}, {"status", "ended_manually"}});
  REQUIRE(status_of(bench, id) == "in_progress");
  bench.advance(24 * kHour);
  CHECK(status_of(bench, id) == "completed");
}

}  // namespace hookswitch::test
