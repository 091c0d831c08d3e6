// From when a task is due to how it ends, whatever its calls come to and in whatever order that is heard.
#include "engine/base/time_text.h"
#include "engine/state/calls.h"
#include "engine/state/memory.h"
#include "tests/unit/tasks/task_bench.h"

namespace hookswitch::test {
namespace {

constexpr int64_t kMinute = 60'000;
constexpr int64_t kHour = 60 * kMinute;

Json in_minutes(const TaskBench& bench, int minutes) { return {{"due_at", bench.now_ms() + minutes * kMinute}}; }

std::string status_of(TaskBench& bench, const std::string& id) { return name(bench.task(id).status); }

// The beginning of a list of rules.
constexpr const char* kMachines = R"(return { { name = "machines", on = "call.machine", handle = function(_, ctx)
    ctx.call:update { disposition = "voicemail" }
  end })";

void machine_answered(TaskBench& bench, const std::string& action) {
  bench.report("call.machine", {{"external_ids", {{"action", action}}}, {"machine", true}});
}

}  // namespace

TEST_CASE("a task places its call when it is due, and not before") {
  TaskBench bench;
  std::string id = bench.schedule(in_minutes(bench, 10));
  bench.advance(10 * kMinute - 1);
  REQUIRE(status_of(bench, id) == "scheduled");
  REQUIRE(bench.actions().empty());
  bench.advance(1);
  Task task = bench.task(id);
  CHECK((task.status == TaskStatus::in_progress && task.attempts == 1 && task.history.size() == 1));
  Action action = bench.action(task.action);
  CHECK((action.type == "call" && action.source == "phone" && action.task == id && action.tenant == "B1/L1"));
  CHECK(action.params.at("to") == "+40721234567");
  CHECK(action.call == task.call);
}

TEST_CASE("a call that is answered completes its task") {
  TaskBench bench;
  std::string id = bench.schedule();
  bench.place(bench.action_of(id));
  REQUIRE(status_of(bench, id) == "in_progress");
  bench.advance(5 * kMinute);
  bench.call_ended(bench.action_of(id), "completed");
  Task task = bench.task(id);
  CHECK((task.status == TaskStatus::completed && task.history.back().outcome == "completed"));
  bench.advance(100 * kHour);
  CHECK(bench.actions().size() == 1);
}

TEST_CASE("a call that nobody takes is tried again after its delay, until there were enough") {
  TaskBench bench;
  std::string id = bench.schedule({{"retry", {{"attempts", 3}, {"delays", {"15m", "2h"}}, {"jitter", 0}}}});
  for (int64_t delay : {15 * kMinute, 2 * kHour}) {
    bench.place(bench.action_of(id));
    bench.advance(kMinute);
    bench.call_ended(bench.action_of(id), "no_answer");
    REQUIRE(status_of(bench, id) == "scheduled");
    REQUIRE(bench.task(id).next_ms == bench.now_ms() + delay);
    bench.advance(delay);
    REQUIRE(status_of(bench, id) == "in_progress");
  }
  bench.place(bench.action_of(id));
  bench.call_ended(bench.action_of(id), "busy");
  Task task = bench.task(id);
  CHECK((task.status == TaskStatus::exhausted && task.attempts == 3 && task.outcome == "busy"));
  CHECK(task.reason.find("3 attempts") != std::string::npos);
}

TEST_CASE("an outcome that is not worth another attempt fails the task") {
  TaskBench bench;
  std::string id = bench.schedule({{"retry", {{"on", {"busy"}}}}});
  bench.place(bench.action_of(id));
  bench.call_ended(bench.action_of(id), "no_answer");
  CHECK(bench.task(id).status == TaskStatus::failed);
  CHECK(bench.task(id).code == "no_answer");
}

TEST_CASE("a webhook before the provider's answer completes the task, and the answer changes nothing") {
  TaskBench bench;
  std::string id = bench.schedule();
  std::string action = bench.action_of(id);
  REQUIRE(bench.claim(action));
  bench.call_ended(action, "completed");
  REQUIRE(status_of(bench, id) == "completed");
  bench.answer(action, {{"kind", "done"}});
  bench.advance(100 * kHour);
  CHECK(status_of(bench, id) == "completed");
  CHECK(bench.actions().size() == 1);
}

TEST_CASE("a word about an earlier attempt does not end the present one") {
  TaskBench bench;
  std::string id = bench.schedule({{"retry", {{"attempts", 3}, {"delays", {"10m"}}, {"jitter", 0}}}});
  std::string first = bench.action_of(id);
  bench.place(first);
  bench.call_ended(first, "busy");
  bench.advance(10 * kMinute);
  REQUIRE(bench.action_of(id) != first);
  bench.call_ended(first, "no_answer");
  CHECK(status_of(bench, id) == "in_progress");
  CHECK(bench.task(id).attempts == 2);
}

TEST_CASE("success of an earlier attempt, heard late, takes the waiting one back") {
  TaskBench bench;
  std::string id = bench.schedule({{"retry", {{"attempts", 3}, {"delays", {"10m"}}, {"on", {"no_word"}}}}});
  std::string first = bench.action_of(id);
  bench.place(first);
  bench.advance(2 * kHour);
  std::string second = bench.action_of(id);
  REQUIRE(second != first);
  bench.call_ended(first, "completed");
  CHECK(status_of(bench, id) == "completed");
  CHECK(bench.action(second).status == ActionStatus::canceled);
  CHECK_FALSE(bench.claim(second));
}

TEST_CASE("when nothing is ever heard the deadline ends the attempt") {
  TaskBench bench;
  std::string id = bench.schedule();
  bench.place(bench.action_of(id));
  bench.advance(kHour - 1);
  REQUIRE(status_of(bench, id) == "in_progress");
  bench.advance(1);
  CHECK(status_of(bench, id) == "failed");
  CHECK(bench.task(id).code == "no_word");
}

TEST_CASE("the deadline waits for a call that goes on, but not for ever") {
  TaskBench bench;
  std::string id = bench.schedule();
  bench.place(bench.action_of(id));
  bench.report("call.answered", {{"external_ids", {{"action", bench.action_of(id)}}}, {"status", "in_progress"}});
  bench.advance(5 * kHour);
  REQUIRE(status_of(bench, id) == "in_progress");
  bench.advance(3 * kHour);
  CHECK(bench.task(id).code == "no_word");
}

TEST_CASE("an attempt that the provider refuses for good fails the task, with its reason") {
  TaskBench bench;
  std::string id = bench.schedule();
  REQUIRE(bench.claim(bench.action_of(id)));
  bench.answer(bench.action_of(id), {{"kind", "failed"}, {"reason", "no such agent"}});
  Task task = bench.task(id);
  CHECK((task.status == TaskStatus::failed && task.code == "not_placed" && task.reason == "no such agent"));
}

TEST_CASE("an attempt of which nobody knows is not made again until it is known that it was not made") {
  TaskBench bench;
  std::string id = bench.schedule();
  std::string action = bench.action_of(id);
  REQUIRE(bench.claim(action));
  bench.lose(action);
  REQUIRE(bench.action(action).status == ActionStatus::unknown);
  REQUIRE_FALSE(bench.claim(action));
  bench.advance(3 * kHour);  // the deadline does not give it up either
  REQUIRE(status_of(bench, id) == "in_progress");
  bench.look(action, {{"kind", "retry"}});
  REQUIRE(bench.action(action).status == ActionStatus::waiting);
  bench.advance(kHour);
  bench.place(action);
  bench.call_ended(action, "completed");
  CHECK(status_of(bench, id) == "completed");
  CHECK(bench.task(id).attempts == 1);
}

TEST_CASE("an attempt that is held for a person fails the task, and a late word of success is believed") {
  TaskBench bench;
  std::string id = bench.schedule();
  std::string action = bench.action_of(id);
  REQUIRE(bench.claim(action));
  bench.lose(action);
  for (int i = 0; i < 20 && bench.action(action).status == ActionStatus::unknown; ++i) {
    bench.advance(kHour);
    bench.look(action, {{"kind", "unknown"}});
  }
  REQUIRE(bench.action(action).status == ActionStatus::held);
  REQUIRE(bench.task(id).code == "held");
  bench.call_ended(action, "completed");
  CHECK(status_of(bench, id) == "completed");
}

TEST_CASE("canceling takes back what waits and lets nothing more be sent") {
  TaskBench bench;
  std::string waiting = bench.schedule(in_minutes(bench, 10));
  std::string under_way = bench.schedule();
  for (const std::string& id : {waiting, under_way}) {
    CHECK(bench.command("task.cancel", {{"id", id}}).at("status") == "canceled");
    CHECK(bench.command("task.cancel", {{"id", id}}).at("status_code") == 409);
  }
  bench.advance(100 * kHour);
  CHECK_FALSE(bench.claim(bench.action_of(under_way)));
  CHECK(bench.actions().size() == 1);
}

TEST_CASE("a call that is not placed yet is taken back when it is ended, and its task hears of it") {
  TaskBench bench;
  std::string id = bench.schedule();
  std::string action = bench.action_of(id);
  const Json end{{"id", bench.action(action).call}};
  Json ended = bench.command("call.end", end);
  CHECK(ended.at("status_code") == 200);
  CHECK(ended.at("action_id") == action);
  CHECK(ended.at("action").at("status") == "canceled");
  CHECK(status_of(bench, id) == "canceled");
  CHECK_FALSE(bench.claim(action));
  CHECK(bench.command("call.end", end).at("status_code") == 409);

  const Json later{{"params", {{"to", "+40721234567"}}}, {"not_before", bench.now_ms() + kHour}};
  Json placed = bench.command("call.create", later);
  CHECK(bench.command("call.end", {{"id", placed.at("call_id")}}).at("status_code") == 200);
  bench.advance(2 * kHour);
  CHECK_FALSE(bench.claim(placed.at("action_id")));
  CHECK(bench.everything() == bench.everything_made_anew());
}

TEST_CASE("a call that is being placed is not ended before the provider has named it") {
  TaskBench bench;
  std::string id = bench.schedule();
  std::string action = bench.action_of(id);
  const Json end{{"id", bench.action(action).call}};
  REQUIRE(bench.claim(action));
  CHECK(bench.command("call.end", end).at("status_code") == 409);
  bench.lose(action);
  const Json refused = bench.command("call.end", end);
  CHECK(refused.at("status_code") == 409);
  CHECK_THAT(json_text(refused, "detail"), Catch::Contains("is unknown, expected one that the provider has named"));
  CHECK(bench.actions().size() == 1);
  for (int i = 0; i < 20 && bench.action(action).status == ActionStatus::unknown; ++i) {
    bench.advance(kHour);
    bench.look(action, {{"kind", "unknown"}});
  }
  REQUIRE(bench.action(action).status == ActionStatus::held);
  CHECK(bench.command("call.end", end).at("status_code") == 200);
  CHECK(bench.action(action).status == ActionStatus::canceled);
}

TEST_CASE("an attempt whose outcome is unknown is not sent again once its task is over") {
  TaskBench bench;
  std::string id = bench.schedule();
  std::string action = bench.action_of(id);
  REQUIRE(bench.claim(action));
  bench.lose(action);
  bench.command("task.cancel", {{"id", id}});
  bench.look(action, {{"kind", "retry"}});
  bench.advance(kHour);
  CHECK_FALSE(bench.claim(action));
  CHECK(bench.action(action).code == "task_over");
}

TEST_CASE("a message is done when it was sent") {
  TaskBench bench;
  std::string id = bench.schedule({{"channel", "sms"}, {"body", "Your appointment is tomorrow."}});
  std::string action = bench.action_of(id);
  CHECK(bench.action(action).type == "sms");
  CHECK(bench.action(action).params.at("body") == "Your appointment is tomorrow.");
  bench.place(action);
  CHECK(status_of(bench, id) == "completed");
  CHECK(bench.task(id).outcome == "sent");
}

TEST_CASE("a task whose contact vanished fails and says so") {
  TaskBench bench;
  bench.command("contact.put", {{"id", "p1"}, {"row", {{"phones", {"+40721234567"}}}}});
  std::string reached = bench.schedule({{"contact_id", "p1"}});
  CHECK(bench.action(bench.action_of(reached)).params.at("to") == "+40721234567");
  std::string lost = bench.schedule({{"contact_id", "p1"}, {"due_at", bench.now_ms() + kHour}});
  bench.command("contact.delete", {{"id", "p1"}});
  bench.advance(kHour);
  CHECK(bench.task(lost).status == TaskStatus::failed);
  CHECK(bench.task(lost).code == "contact_gone");
}

TEST_CASE("a contact of another tenant is as good as none") {
  TaskBench bench;
  bench.command("contact.put", {{"id", "p2"}, {"row", {{"tenant", "B2/L1"}, {"phones", {"+40721234567"}}}}});
  CHECK(bench.task(bench.schedule({{"contact_id", "p2"}})).code == "contact_gone");
}

TEST_CASE("a key is one task for ever") {
  TaskBench bench;
  std::string id = bench.schedule({{"key", "k"}, {"due_at", bench.now_ms() + kHour}});
  auto again = [&](Json wish) {
    wish["key"] = "k";
    wish["to"] = "+40721234567";
    return bench.command("task.create", {{"tenant", "B1/L1"}, {"wish", wish}});
  };
  CHECK(again({{"due_at", bench.now_ms() + 2 * kHour}}).at("status_code") == 200);
  bench.advance(kHour);
  CHECK(status_of(bench, id) == "scheduled");
  bench.advance(kHour);
  CHECK(again(Json::object()).at("status_code") == 409);
  bench.place(bench.action_of(id));
  bench.call_ended(bench.action_of(id), "completed");
  CHECK(again(Json::object()).at("status_code") == 409);
  bench.advance(kHour);
  CHECK(bench.actions().size() == 1);
}

TEST_CASE("a task is made again for the next attempt by a person alone") {
  TaskBench bench;
  std::string id = bench.schedule({{"retry", {{"attempts", 1}}}});
  bench.place(bench.action_of(id));
  bench.call_ended(bench.action_of(id), "no_answer");
  REQUIRE(status_of(bench, id) == "exhausted");
  CHECK(bench.command("task.update", {{"id", id}, {"status", "scheduled"}}).at("status_code") == 200);
  CHECK(status_of(bench, id) == "in_progress");
  CHECK(bench.task(id).attempts == 2);
}

TEST_CASE("whatever is done, the same records give the same state") {
  auto story = [] {
    TaskBench bench;
    std::string id = bench.schedule({{"retry", {{"jitter", 0.5}}}});
    bench.place(bench.action_of(id));
    bench.call_ended(bench.action_of(id), "busy");
    bench.advance(24 * kHour);
    return bench.everything();
  };
  CHECK(story() == story());
}

TEST_CASE("an attempt that is not sent yet is taken back by a change, and made anew as the change says") {
  TaskBench bench;
  std::string id = bench.schedule({{"retry", {{"attempts", 2}, {"delays", {"10m"}}, {"jitter", 0}}}});
  const bool second = GENERATE(false, true);
  if (second) {
    bench.place(bench.action_of(id));
    bench.call_ended(bench.action_of(id), "no_answer");
    bench.advance(10 * kMinute);
  }
  const Task before = bench.task(id);
  REQUIRE(bench.action(before.action).status == ActionStatus::waiting);
  auto change = [&](const Json& words) {
    const std::string action = bench.action_of(id);
    Json answer = bench.command("task.update", {{"id", id}, {"change", words}});
    REQUIRE(answer.at("status_code") == 200);
    CHECK(answer.at("status") == "scheduled");
    CHECK(bench.action(action).status == ActionStatus::canceled);
    CHECK_FALSE(bench.claim(action));
  };
  change({{"to", "+40722000099"}, {"due_at", bench.now_ms() + 2 * kHour}, {"variables", {{"name", "Bob"}}}});
  CHECK(bench.task(id).attempts == before.attempts - 1);
  bench.advance(2 * kHour - 1);
  CHECK(status_of(bench, id) == "scheduled");
  bench.advance(1);
  Action action = bench.action(bench.action_of(id));
  CHECK((action.params.at("to") == "+40722000099" && action.params.at("variables").at("name") == "Bob"));
  change({{"to", "+40722000088"}});
  bench.advance(1);
  CHECK(bench.action(bench.action_of(id)).params.at("to") == "+40722000088");
  bench.place(bench.action_of(id));
  bench.call_ended(bench.action_of(id), "completed");
  Task task = bench.task(id);
  CHECK((task.status == TaskStatus::completed && task.attempts == before.attempts && task.taken_back == 2));
  CHECK(task.history.size() == before.history.size());
  CHECK(bench.everything() == bench.everything_made_anew());
}

TEST_CASE("a change that makes no other attempt leaves the one that is not sent yet") {
  TaskBench bench;
  std::string id = bench.schedule();
  const std::string action = bench.action_of(id);
  const Json change{{"to", bench.task(id).to}, {"expires_at", bench.now_ms() + kHour}};
  REQUIRE(bench.command("task.update", {{"id", id}, {"change", change}}).at("status_code") == 200);
  CHECK((bench.action_of(id) == action && bench.claim(action)));
}

TEST_CASE("a change that is refused changes nothing") {
  TaskBench bench;
  std::string id = bench.schedule();
  REQUIRE(bench.claim(bench.action_of(id)));
  std::string to = bench.task(id).to;
  Json refused =
      bench.command("task.update", {{"id", id}, {"status", "scheduled"}, {"change", {{"to", "+40722000099"}}}});
  CHECK(refused.at("status_code") == 409);
  CHECK(bench.task(id).to == to);
}

TEST_CASE("what became of an action is told to the rules again by a redrive, and not to the provider's plugin") {
  TaskBench bench(
      "return { name = 'told', on = { 'action.done', 'x.mended' }, handle = function(event, ctx)\n"
      "if event.type == 'x.mended' then ctx.state:put('mended', true) return end\n"
      "if not ctx.state:get('mended') then ctx.fail('not yet') end\n"
      "ctx.state:put('told', event.data.action.id) end }");
  std::string action = bench.action_of(bench.schedule());
  const bool answered = GENERATE(true, false);  // or a report tells of it
  if (answered) {
    bench.place(action);
  } else {
    REQUIRE(bench.claim(action));
    bench.lose(action);
    bench.call_ended(action, "completed");
  }
  REQUIRE(bench.dead() == 1);
  CHECK(bench.command("dead.redrive", {{"all", true}}).at("failed") == 1);
  REQUIRE(bench.dead() == 1);
  bench.report("x.mended", Json::object());
  CHECK(bench.command("dead.redrive", {{"all", true}}).at("redriven") == 1);
  CHECK(bench.dead() == 0);
  auto reader = bench.read();
  CHECK(std::string(get_memory(*reader, "told", "told").value_or("")) == "\"" + action + "\"");
}

TEST_CASE("a report of what the action cannot have asked for is no report of it, whatever id it names") {
  TaskBench bench;
  std::string id = bench.schedule(), action = bench.action_of(id);
  REQUIRE(bench.claim(action));
  Json another = GENERATE(Json{{"direction", "outbound"}, {"from", "+40212345678"}, {"to", "+40722000099"}},
                          Json{{"direction", "outbound"}, {"to", "0722 000 099"}},
                          Json{{"direction", "inbound"}, {"from", "+40721234567"}},
                          Json{{"from", "+40722000099"}, {"to", "+40212345678"}});
  another.update({{"external_ids", {{"action", action}, {"call_sid", "CA9"}}}, {"status", "completed"}});
  bench.report("call.ended", another);
  CHECK(status_of(bench, id) == "in_progress");
  CHECK(bench.action(action).status == ActionStatus::sending);
  auto call = resolve_call_id(*bench.read(), "CA9");
  CHECK((call && call != bench.task(id).call));
}

TEST_CASE("a report of a number in another writing, or of none, is the action's") {
  TaskBench bench;
  std::string id = bench.schedule(), action = bench.action_of(id);
  REQUIRE(bench.claim(action));
  Json ours = GENERATE(Json{{"direction", "outbound"}, {"to", "0721 234 567"}}, Json{{"to", "0040721234567"}},
                       Json{{"direction", "outbound"}, {"to", "sip:ana@example.com"}}, Json{{"to", "client:ana"}},
                       Json{{"from", "+40721234567"}, {"to", "+40212345678"}}, Json{{"direction", "outbound"}});
  ours.update({{"external_ids", {{"action", action}}}, {"status", "completed"}});
  bench.report("call.ended", ours);
  CHECK(status_of(bench, id) == "completed");
}

namespace {

// Of the first attempt of the task with that key, which any engine gives it.
std::string id_of_attempt(const Json& wish) {
  TaskBench before;
  return before.action_of(before.schedule(wish));
}

}  // namespace

TEST_CASE("an attempt that the provider told of before it was made is not made again, and comes to what its call did") {
  const Json wish{{"key", "checkin:7"}, {"retry", {{"delays", {"15m"}}, {"jitter", 0}}}};
  const std::string action = id_of_attempt(wish);
  const std::string became = GENERATE("completed", "busy");
  TaskBench bench;
  bench.report("call.ended", {{"external_ids", {{"action", action}, {"call_sid", "CA1"}}},
                              {"direction", "outbound"},
                              {"to", "+40721234567"},
                              {"status", became},
                              {"duration_secs", 40},
                              {"summary", "said yes"}});
  const std::string id = bench.schedule(wish);
  CHECK((bench.task(id).action == action && bench.action(action).status == ActionStatus::done));
  CHECK_FALSE(bench.claim(action));
  CHECK(status_of(bench, id) == (became == "completed" ? "completed" : "scheduled"));
  auto call = get_call(*bench.read(), bench.action(action).call);
  REQUIRE((call && *call));
  CHECK((*call)->text(CallField::status) == became);
  CHECK((*call)->text(CallField::summary) == "said yes");
  CHECK((*call)->text(CallField::task_id) == id);
  CHECK((*call)->to_json()["duration_secs"] == 40);
  CHECK((*call)->external_ids().at("call_sid") == "CA1");
  CHECK(bench.everything() == bench.everything_made_anew());
}

TEST_CASE("where a call to somebody else has the id of an attempt the task fails and says so") {
  const Json wish{{"key", "checkin:7"}};
  const std::string action = id_of_attempt(wish);
  TaskBench bench;
  bench.report("call.ended", {{"external_ids", {{"action", action}, {"call_sid", "CA1"}}},
                              {"direction", "outbound"},
                              {"to", "+40722000099"},
                              {"status", "completed"}});
  const std::string id = bench.schedule(wish);
  CHECK((bench.task(id).status == TaskStatus::failed && bench.task(id).code == "not_its_call"));
  CHECK(bench.task(id).call.empty());
  CHECK_FALSE(bench.claim(action));
  auto read = bench.read();
  auto call = get_call(*read, *resolve_call_id(*read, "CA1"));
  REQUIRE((call && *call));
  CHECK((*call)->text(CallField::to) == "+40722000099");
  CHECK((*call)->text(CallField::task_id).empty());
  REQUIRE(bench.command("task.update", {{"id", id}, {"status", "scheduled"}})["status_code"] == 200);
  CHECK(bench.claim(bench.action_of(id)));
}

TEST_CASE("a call of which nobody knows whether it rings is not forgotten before that is known") {
  TaskBench bench;
  std::string action = bench.action_of(bench.schedule());
  REQUIRE(bench.claim(action));
  bench.lose(action);
  REQUIRE(bench.action(action).status == ActionStatus::unknown);
  REQUIRE(bench.command("erasure.start", {{"phone", bench.task(bench.action(action).task).to}})["status_code"] == 202);
  bench.advance(60'000);
  CHECK(find_action(*bench.read(), action));
  bench.look(action, {{"kind", "done"}});
  bench.advance(60'000);
  CHECK_FALSE(find_action(*bench.read(), action));
}

TEST_CASE("rules are told of what was asked for over the API, and a letter of that is redriven") {
  TaskBench bench(
      "return { name = 'heard', on = { 'command.task.*', 'x.mended' }, handle = function(event, ctx)\n"
      "if event.type == 'x.mended' then ctx.state:put('mended', true) return end\n"
      "if event.type == 'command.task.cancel' and not ctx.state:get('mended') then ctx.fail('not yet') end\n"
      "ctx.state:put(event.data.command, { event.data.by, event.data.body.id or event.data.result.id, ctx.tenant })\n"
      "end }");
  std::string id = bench.schedule();
  Json heard = Json::parse(*get_memory(*bench.read(), "heard", "task.create"));
  CHECK(heard[1] == id);
  CHECK(heard[2] == "B1/L1");
  CHECK(bench.command("task.cancel", {{"id", "task_none"}}).at("status_code") == 404);
  CHECK(bench.dead() == 0);
  CHECK(bench.command("task.cancel", {{"id", id}}).at("status_code") == 200);
  REQUIRE(bench.dead() == 1);
  CHECK(bench.task(id).status == TaskStatus::canceled);
  bench.report("x.mended", Json::object());
  CHECK(bench.command("dead.redrive", {{"all", true}}).at("redriven") == 1);
  CHECK(Json::parse(*get_memory(*bench.read(), "heard", "task.cancel"))[1] == id);
}

TEST_CASE("a voicemail that is heard of after the end of the call is tried again, once") {
  TaskBench bench(std::string(kMachines) + " }");
  std::string id = bench.schedule();
  std::string first = bench.action_of(id);
  bench.place(first);
  bench.call_ended(first, "completed");
  REQUIRE(status_of(bench, id) == "completed");
  machine_answered(bench, first);
  Task task = bench.task(id);
  CHECK((task.status == TaskStatus::scheduled && task.outcome == "voicemail"));
  CHECK((task.history.size() == 1 && task.history.back().outcome == "voicemail"));
  bench.advance(kHour);
  REQUIRE(status_of(bench, id) == "in_progress");
  machine_answered(bench, first);
  CHECK(bench.task(id).attempts == 2);
  CHECK(bench.actions().size() == 2);
}

TEST_CASE("a late voicemail opens no task that others completed, or that has been done for long") {
  auto late_word = [](TaskBench& bench, auto&& complete) {
    std::string id = bench.schedule();
    std::string action = bench.action_of(id);
    bench.place(action);
    complete(id, action);
    REQUIRE(status_of(bench, id) == "completed");
    machine_answered(bench, action);
    CHECK(status_of(bench, id) == "completed");
    bench.advance(24 * kHour);
    CHECK(bench.actions().size() == 1);
  };
  SECTION("another rule") {
    TaskBench bench(std::string(kMachines) + R"(, { name = "left_word", on = "call.ended", handle = function(_, ctx)
        ctx.tasks:complete(ctx.call.task_id, "left a message")
      end } })");
    late_word(bench, [&](auto&, auto& action) { bench.call_ended(action, "completed"); });
  }
  SECTION("a person") {
    TaskBench bench(std::string(kMachines) + " }");
    late_word(bench, [&](auto& id, auto& action) {
      bench.command("task.update", {{"id", id}, {"status", "completed"}});
      bench.call_ended(action, "completed");
    });
  }
  SECTION("long ago") {
    TaskBench bench(std::string(kMachines) + " }");
    late_word(bench, [&](auto&, auto& action) {
      bench.call_ended(action, "completed");
      bench.advance(2 * kHour);
    });
  }
}

TEST_CASE("an old word of a voicemail, redriven, rings nobody at once") {
  const std::string until_mended = R"(return { { name = "machines", on = { "call.machine", "x.mended" },
    handle = function(event, ctx)
      if event.type == "x.mended" then ctx.state:put("mended", true) return end
      if not ctx.state:get("mended") then ctx.fail("not yet") end
      ctx.call:update { disposition = "voicemail" }
    end } })";
  TaskBench bench(until_mended);
  std::string id = bench.schedule({{"retry", {{"attempts", 3}, {"delays", {"15m"}}, {"jitter", 0}}}});
  std::string action = bench.action_of(id);
  bench.place(action);
  bench.call_ended(action, "completed");
  machine_answered(bench, action);
  REQUIRE((bench.dead() == 1 && status_of(bench, id) == "completed"));
  auto redrive = [&] {
    bench.report("x.mended", Json::object());
    return bench.command("dead.redrive", {{"all", true}}).at("redriven");
  };
  SECTION("after the hour the task stays completed") {
    bench.advance(48 * kHour);
    CHECK(redrive() == 1);
    CHECK(status_of(bench, id) == "completed");
    bench.advance(48 * kHour);
    CHECK(bench.actions().size() == 1);
  }
  SECTION("within the hour it is tried again after its delay, counted from the redrive") {
    bench.advance(30 * kMinute);
    CHECK(redrive() == 1);
    CHECK(status_of(bench, id) == "scheduled");
    CHECK(bench.task(id).next_ms == bench.now_ms() + 15 * kMinute);
  }
}

TEST_CASE("a task that is due before its source's plugin is there waits for it") {
  TaskBench bench;
  std::string id = bench.schedule({{"source", "late"}});
  Task waiting = bench.task(id);
  CHECK((waiting.status == TaskStatus::scheduled && waiting.attempts == 0 && waiting.code == "no_source"));
  CHECK(waiting.reason.find("\"late\"") != std::string::npos);
  bench.advance(2'000);
  bench.plug("late");
  bench.advance(10'000);
  REQUIRE(status_of(bench, id) == "in_progress");
  CHECK(bench.action(bench.action_of(id)).source == "late");
}

TEST_CASE("a task whose source never comes fails after a day, with few records until then") {
  TaskBench bench;
  std::string id = bench.schedule({{"source", "gone"}});
  bench.advance(12 * kHour);
  CHECK(status_of(bench, id) == "scheduled");
  bench.advance(36 * kHour);
  CHECK((bench.task(id).status == TaskStatus::failed && bench.task(id).code == "no_source"));
  CHECK(bench.actions().empty());
}

TEST_CASE("a task waits while its tenant's usual source is not loaded, though another could do it") {
  TaskBench bench;
  std::string id = bench.schedule({}, "B3/L1");
  CHECK((status_of(bench, id) == "scheduled" && bench.task(id).code == "no_source"));
  CHECK(bench.task(id).reason.find("\"usual\"") != std::string::npos);
  bench.plug("usual");
  bench.advance(10'000);
  REQUIRE(status_of(bench, id) == "in_progress");
  CHECK(bench.action(bench.action_of(id)).source == "usual");
}

TEST_CASE("a task that could go to several sources and names none waits until a person names one") {
  TaskBench bench;
  bench.plug("other");
  std::string id = bench.schedule();
  CHECK((status_of(bench, id) == "scheduled" && bench.task(id).code == "no_source"));
  CHECK(bench.task(id).reason.find("other, phone") != std::string::npos);
  bench.command("task.update", {{"id", id}, {"change", {{"source", "other"}}}});
  bench.advance(10'000);
  REQUIRE(status_of(bench, id) == "in_progress");
  CHECK(bench.action(bench.action_of(id)).source == "other");
}

TEST_CASE("a task of a rule goes to the source that there was when it was made") {
  TaskBench bench("return { name = 'more', on = 'message.received', handle = function(_, ctx)\n"
                  "  ctx.tasks:schedule { key = 'rule', to = '+40721234567', after = '3h' }\n"
                  "end }");
  bench.report("message.received", {{"from", "+40722000001"}});
  bench.plug("other");
  bench.advance(4 * kHour);
  REQUIRE(bench.actions().size() == 1);
  CHECK(bench.actions()[0].source == "phone");
}

TEST_CASE("what was accepted goes to the source it was accepted for, and is made anew so, when another is configured") {
  TaskBench bench;
  std::string tried = bench.schedule({{"key", "tried"}});
  bench.place(bench.action_of(tried));
  bench.call_ended(bench.action_of(tried), "busy");
  std::string later = bench.schedule({{"key", "later"}, {"due_at", bench.now_ms() + 2 * kHour}});
  CHECK(bench.command("call.create", {{"params", {{"to", "+40721234567"}}}}).at("status_code") == 202);
  const Json people = Json::array({{{"to", "+40721234568"}}});
  Json made = bench.command("campaign.create", {{"name", "x"}, {"people", people}, {"paused", true}});
  bench.plug("other");
  CHECK(bench.everything_made_anew() == bench.everything());
  bench.command("campaign.resume", {{"id", made.at("id")}});
  bench.advance(4 * kHour);
  CHECK(bench.task(tried).attempts == 2);
  CHECK(status_of(bench, later) == "in_progress");
  REQUIRE(bench.actions().size() == 5);
  for (const Action& action : bench.actions()) CHECK(action.source == "phone");
}

TEST_CASE("a task whose channel is changed goes to the source that can do the new one") {
  TaskBench bench;
  std::string id = bench.schedule({{"due_at", bench.now_ms() + kHour}});
  CHECK(bench.task(id).source == "phone");
  bench.command("task.update", {{"id", id}, {"change", {{"channel", "sms"}, {"body", "See you at nine."}}}});
  CHECK(bench.task(id).source.empty());
  bench.advance(kHour);
  CHECK(bench.action(bench.action_of(id)).source == "phone");
}

}  // namespace hookswitch::test
