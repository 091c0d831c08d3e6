// What is heard of one call in any order comes to one end of its task, and rings nobody once more than that end says.
#include <algorithm>

#include "engine/state/call_ids.h"
#include "engine/state/campaigns.h"
#include "engine/state/memory.h"
#include "tests/unit/tasks/task_bench.h"

namespace hookswitch::test {
namespace {

constexpr int64_t kMinute = 60'000;
constexpr int64_t kHour = 60 * kMinute;

struct Word {
  const char* type;
  const char* status;
  const char* outcome = "";
  auto operator<=>(const Word&) const = default;
};

constexpr Word kNoAnswer{"call.ended", "no_answer"};
constexpr Word kUnknown{"call.failed", "failed"};
constexpr Word kFailed{"conversation.ended", "failed", "failure"};
constexpr Word kCompleted{"call.ended", "completed"};

void say(TaskBench& bench, const std::string& action, const Word& word) {
  Json data{{"external_ids", {{"action", action}}}, {"status", word.status}};
  if (*word.outcome != '\0') data["outcome"] = word.outcome;
  bench.report(word.type, data);
}

Json retry_on(Json outcomes, int attempts = 3) {
  return {{"retry", {{"attempts", attempts}, {"delays", {"15m", "2h"}}, {"jitter", 0}, {"on", std::move(outcomes)}}}};
}

// A task whose first attempt is placed.
struct Attempt {
  explicit Attempt(TaskBench& bench, Json wish = retry_on({"no_answer", "busy"}))
      : id(bench.schedule(std::move(wish))), action(bench.action_of(id)) {
    bench.place(action);
  }
  std::string id, action;
};

// What is to be the same; when a task ended, or was changed last, is another matter.
Json end_of(TaskBench& bench, const std::string& id) {
  Json task = bench.task(id).to_json();
  Json out;
  for (const char* field : {"status", "code", "reason", "outcome", "attempts", "next_attempt_at", "completed_by",
                            "retried_by", "history"}) {
    out[field] = task.at(field);
  }
  return out;
}

// A minute between any two.
Json told(const std::vector<Word>& words, const Json& wish) {
  TaskBench bench;
  Attempt attempt(bench, wish);
  for (const Word& word : words) {
    say(bench, attempt.action, word);
    bench.advance(kMinute);
  }
  CHECK(bench.actions().size() == 1);
  return end_of(bench, attempt.id);
}

std::string spelled(const std::vector<Word>& words) {
  std::string out;
  for (const Word& word : words) out += std::string(word.type) + " " + word.status + ", ";
  return out;
}

}  // namespace

TEST_CASE("in whatever order and however often a call's end is told, its task comes to the same") {
  struct Case {
    const char* name;
    std::vector<Word> words;
    Json wish;
    const char *status, *outcome;
  };
  const Case cases[] = {
      {"no answer is worth another attempt", {kNoAnswer, kUnknown}, retry_on({"no_answer"}), "scheduled", "no_answer"},
      {"and with a conversation that failed", {kNoAnswer, kFailed}, retry_on({"no_answer"}), "scheduled", "no_answer"},
      {"a failure alone is", {kNoAnswer, kUnknown}, retry_on({"failed"}), "failed", "no_answer"},
      {"both are", {kNoAnswer, kUnknown}, retry_on({"failed", "no_answer"}), "scheduled", "no_answer"},
      {"nothing is", {kNoAnswer, kUnknown}, retry_on(Json::array()), "failed", "no_answer"},
      {"there is one attempt", {kNoAnswer, kUnknown}, retry_on({"no_answer"}, 1), "exhausted", "no_answer"},
      {"somebody was reached", {kCompleted, kFailed}, retry_on({"no_answer"}), "completed", "failure"},
      {"and a failure is worth one", {kCompleted, kFailed}, retry_on({"failed"}), "completed", "failure"},
  };
  for (const Case& one : cases) {
    std::vector<Word> order = one.words;
    order.insert(order.end(), one.words.begin(), one.words.end());
    std::ranges::sort(order);
    const Json first = told(order, one.wish);
    INFO(one.name);
    CHECK((first.at("status") == one.status && first.at("outcome") == one.outcome));
    CHECK((first.at("history").size() == 1 && first.at("history")[0].at("outcome") == one.outcome));
    while (std::ranges::next_permutation(order).found) {
      INFO(spelled(order));
      CHECK(told(order, one.wish) == first);
    }
  }
}

TEST_CASE("three words of one call come to one end in any order") {
  for (const Json& wish : {retry_on({"no_answer"}), retry_on({"failed"})}) {
    std::vector<Word> order{kNoAnswer, kUnknown, kFailed, kCompleted};
    std::ranges::sort(order);
    const Json first = told(order, wish);
    CHECK(first.at("status") == "completed");
    while (std::ranges::next_permutation(order).found) {
      INFO(spelled(order));
      CHECK(told(order, wish) == first);
    }
  }
}

TEST_CASE("the delay counts from when the end was first heard, and an old word rings nobody at once") {
  TaskBench bench;
  Attempt attempt(bench);
  say(bench, attempt.action, kUnknown);
  const int64_t heard_ms = bench.now_ms();
  REQUIRE(bench.task(attempt.id).status == TaskStatus::failed);
  SECTION("soon") {
    bench.advance(10 * kMinute);
    say(bench, attempt.action, kNoAnswer);
    CHECK(bench.task(attempt.id).next_ms == heard_ms + 15 * kMinute);
  }
  SECTION("after the delay") {
    bench.advance(20 * kMinute);
    say(bench, attempt.action, kNoAnswer);
    CHECK(bench.task(attempt.id).next_ms == bench.now_ms() + 15 * kMinute);
    CHECK(bench.actions().size() == 1);
  }
  SECTION("too late for another attempt") {
    bench.advance(2 * kHour);
    say(bench, attempt.action, kNoAnswer);
    CHECK(bench.task(attempt.id).status == TaskStatus::failed);
  }
}

TEST_CASE("a better word of an attempt changes nothing once the next one has begun") {
  TaskBench bench;
  Attempt attempt(bench, retry_on({"failed"}));
  say(bench, attempt.action, kUnknown);
  REQUIRE(bench.task(attempt.id).status == TaskStatus::scheduled);
  bench.advance(15 * kMinute);
  const std::string second = bench.action_of(attempt.id);
  REQUIRE(second != attempt.action);
  const Json before = end_of(bench, attempt.id);
  SECTION("it waits") {
    say(bench, attempt.action, kNoAnswer);
    CHECK(end_of(bench, attempt.id) == before);
    CHECK(bench.claim(second));
  }
  SECTION("it was sent") {
    REQUIRE(bench.claim(second));
    say(bench, attempt.action, kNoAnswer);
    CHECK(end_of(bench, attempt.id) == before);
    CHECK(bench.action(second).status == ActionStatus::sending);
  }
  SECTION("it is over, and came to what was not worth a third") {
    bench.place(second);
    say(bench, second, kNoAnswer);
    REQUIRE(bench.task(attempt.id).status == TaskStatus::failed);
    say(bench, attempt.action, {"call.ended", "busy"});
    CHECK(bench.task(attempt.id).outcome == "no_answer");
  }
  bench.advance(24 * kHour);
  CHECK(bench.actions().size() == 2);
}

TEST_CASE("what people and the engine decided since stays, whatever is heard of the attempt") {
  TaskBench bench;
  auto decide = [&](const std::string& id, Json words) {
    words["id"] = id;
    REQUIRE(bench.command("task.update", words).at("status_code") == 200);
  };
  auto stays = [&](const Attempt& attempt, const Word& word) {
    const Json before = end_of(bench, attempt.id);
    say(bench, attempt.action, word);
    CHECK(end_of(bench, attempt.id) == before);
  };
  SECTION("a person asked for another attempt") {
    Attempt attempt(bench);
    say(bench, attempt.action, kUnknown);
    decide(attempt.id, {{"status", "scheduled"}, {"change", {{"due_at", bench.now_ms() + kHour}}}});
    stays(attempt, {"call.ended", "canceled"});
  }
  SECTION("a person moved the next one") {
    Attempt attempt(bench, retry_on({"failed"}));
    say(bench, attempt.action, kUnknown);
    decide(attempt.id, {{"change", {{"due_at", bench.now_ms() + kHour}}}});
    stays(attempt, kNoAnswer);
    CHECK(bench.task(attempt.id).next_ms == bench.now_ms() + kHour);
  }
  SECTION("a person completed it") {
    Attempt attempt(bench);
    say(bench, attempt.action, kUnknown);
    decide(attempt.id, {{"status", "completed"}});
    stays(attempt, kNoAnswer);
  }
  SECTION("a person canceled it") {
    Attempt attempt(bench, retry_on({"failed"}));
    say(bench, attempt.action, kUnknown);
    REQUIRE(bench.command("task.cancel", {{"id", attempt.id}}).at("status_code") == 200);
    stays(attempt, kNoAnswer);
  }
  SECTION("the next one may not be made") {
    Attempt attempt(bench, retry_on({"failed", "no_answer"}));
    say(bench, attempt.action, kUnknown);
    bench.command("suppression.put", {{"tenant", "B1/L1"}, {"phone", bench.task(attempt.id).to}});
    bench.advance(15 * kMinute);
    REQUIRE(bench.task(attempt.id).code == "do_not_call");
    stays(attempt, kNoAnswer);
  }
  SECTION("the provider's refusal ended it") {
    const std::string id = bench.schedule(retry_on({"no_answer"}));
    const std::string action = bench.action_of(id);
    REQUIRE(bench.claim(action));
    bench.answer(action, {{"kind", "failed"}});
    REQUIRE(bench.task(id).code == "not_placed");
    say(bench, action, kNoAnswer);
    CHECK(bench.task(id).code == "not_placed");
  }
}

TEST_CASE("another rule may not say better what one said of an attempt") {
  TaskBench bench(R"(return { name = "other", on = "call.machine", handle = function(_, ctx)
      ctx.tasks:retry(ctx.call.task_id, { outcome = "voicemail", after = "1m" })
    end })");
  Attempt attempt(bench);
  say(bench, attempt.action, kUnknown);
  bench.report("call.machine", {{"external_ids", {{"action", attempt.action}}}, {"machine", true}});
  CHECK((bench.task(attempt.id).status == TaskStatus::failed && bench.task(attempt.id).outcome == "failed"));
}

TEST_CASE("a campaign counts a task by what its call came to, and goes on for it unless it was canceled") {
  TaskBench bench;
  Json wish = retry_on({"no_answer"});
  const Json people = Json::array({{{"to", "+40721234567"}}, {{"to", "+40721234568"}}});
  const std::string id = bench.command("campaign.create", {{"name", "x"}, {"tenant", "B1/L1"}, {"people", people},
                                                           {"per_minute", 600}, {"task", wish}})["id"];
  auto campaign = [&] { return find_campaign(*bench.read(), id).value(); };
  bench.advance(kMinute);
  REQUIRE(bench.actions().size() == 2);
  const std::string first = bench.actions()[0].id, second = bench.actions()[1].id;
  for (const std::string& action : {first, second}) bench.place(action);
  say(bench, first, kUnknown);
  SECTION("while it runs") {
    say(bench, second, kUnknown);
    REQUIRE(campaign().status == CampaignStatus::completed);
    say(bench, first, kNoAnswer);
    CHECK((campaign().status == CampaignStatus::running && campaign().parked == 1));
    CHECK((campaign().count("failed") == 1 && campaign().count("scheduled") == 1));
    say(bench, second, kCompleted);
    CHECK((campaign().count("failed") == 0 && campaign().count("completed") == 1));
  }
  SECTION("once it is canceled") {
    bench.command("campaign.cancel", {{"id", id}});
    say(bench, first, kNoAnswer);
    CHECK((campaign().status == CampaignStatus::canceled && campaign().count("failed") == 1));
  }
}

TEST_CASE("a call whose end is heard before the answer that tells whose call it is ends its attempt with the answer") {
  TaskBench bench;
  const std::string id = bench.schedule(retry_on({"busy"}));
  const std::string action = bench.action_of(id);
  const Json sid{{"sid", "CA1"}};
  REQUIRE(bench.claim(action));
  auto [status, outcome, becomes] = GENERATE(values<std::tuple<const char*, const char*, TaskStatus>>(
      {{"busy", "busy", TaskStatus::scheduled},
       {"failed", "failed", TaskStatus::failed},
       {"completed", "completed", TaskStatus::completed}}));
  const bool overtaken = GENERATE(false, true);  // by a report that names the action and not the call
  if (overtaken) bench.report("call.ringing", {{"external_ids", {{"action", action}}}, {"status", "ringing"}});
  bench.report("call.ended", {{"external_ids", sid}, {"status", status}});
  REQUIRE(bench.task(id).status == TaskStatus::in_progress);
  bench.answer(action, {{"kind", "done"}, {"external_ids", sid}});
  CHECK((bench.task(id).status == becomes && bench.task(id).outcome == outcome));
  if (becomes == TaskStatus::scheduled) CHECK(bench.task(id).next_ms == bench.now_ms() + 15 * kMinute);
}

TEST_CASE("a call whose end is heard before the report that tells whose call it is ends its attempt with the report") {
  TaskBench bench(R"(return { name = "done", on = "action.done", handle = function(_, ctx)
      ctx.state:put("told", (ctx.state:get("told") or 0) + 1)
    end })");
  const std::string id = bench.schedule(retry_on({"busy"}));
  const std::string action = bench.action_of(id);
  const Json sid{{"sid", "CA1"}};
  const Json both{{"sid", "CA1"}, {"action", action}};
  REQUIRE(bench.claim(action));
  const bool lost = GENERATE(true, false);  // or the answer is cut off once the report has come
  if (lost) bench.lose(action);
  bench.report("call.ended", {{"external_ids", sid}, {"status", "busy"}});
  REQUIRE(bench.task(id).status == TaskStatus::in_progress);
  bench.report("call.ringing", {{"external_ids", both}, {"status", "ringing"}});
  if (!lost) bench.answer(action, {{"kind", "unknown"}});
  CHECK(bench.action(action).status == ActionStatus::done);
  CHECK((bench.task(id).status == TaskStatus::scheduled && bench.task(id).outcome == "busy"));
  bench.report("call.ended", {{"external_ids", both}, {"status", "busy"}});
  bench.look(action, {{"kind", "done"}, {"external_ids", sid}});
  CHECK(bench.task(id).next_ms == bench.now_ms() + 15 * kMinute);
  CHECK(std::string(get_memory(*bench.read(), "done", "told").value_or("")) == "1");
  CHECK(bench.everything() == bench.everything_made_anew());
}

namespace {

// Whoever hears that a call was missed asks for one by the call's id, of whatever tenant the event says that it is.
constexpr const char* kCallBack = R"(return { name = "back", on = "call.ended", handle = function(event, ctx)
    if ctx.call.task_id then return end
    if event.data.whose then ctx.call:update { tenant = event.data.whose } end
    if not event.data.after then return end
    ctx.tasks:schedule { key = "callback:" .. ctx.call.id, to = "+40721234567", after = event.data.after,
                         source = "phone", retry = { attempts = 3, delays = { "15m" }, jitter = 0 } }
  end })";

const Json kPhone{{"call_sid", "CA1"}}, kConversation{{"conversation_id", "conv_1"}};
const Json kBoth{{"call_sid", "CA1"}, {"conversation_id", "conv_1"}};

void missed(TaskBench& bench, const Json& ids, const char* after, const Json& more = Json::object()) {
  Json data{{"external_ids", ids}, {"status", "no_answer"}, {"after", after}};
  data.update(more);
  bench.report("call.ended", data);
}

void unite(TaskBench& bench) { bench.report("call.recording", {{"external_ids", kBoth}}); }

Json whose(const char* tenant) { return {{"whose", tenant}}; }

// The first made first.
std::vector<Task> tasks_of(TaskBench& bench) {
  std::vector<Task> out;
  auto page = task_page(*bench.read(), {}, "", 10);
  for (const Json& row : page->rows) out.push_back(Task::from_json(row));
  std::ranges::reverse(out);
  return out;
}

void check_duplicate(TaskBench& bench, const Task& task, const Task& of) {
  CHECK((task.status == TaskStatus::failed && task.code == "duplicate"));
  CHECK(task.reason.find(of.id) != std::string::npos);
  CHECK(bench.everything_made_anew() == bench.everything());
}

// One call that is held for two when each is missed.
struct HeldForTwo : TaskBench {
  explicit HeldForTwo(const char* first = "1m", const char* second = "5m") : TaskBench(kCallBack) {
    missed(*this, kPhone, first);
    advance(1);
    missed(*this, kConversation, second);
    REQUIRE(tasks_of(*this).size() == 2);
  }
};

}  // namespace

TEST_CASE("of a call that was held for two a person is dialled once by one key, whichever of both is due first") {
  for (bool first : {true, false}) {
    for (bool late : {true, false}) {
      HeldForTwo bench(first ? "1m" : "5m", first ? "5m" : "1m");
      if (!late) unite(bench);
      bench.advance(kMinute);
      const Task dialled = tasks_of(bench)[first ? 0 : 1];
      bench.place(dialled.action);
      if (late) unite(bench);
      bench.advance(10 * kMinute);
      CHECK(bench.actions().size() == 1);
      check_duplicate(bench, tasks_of(bench)[first ? 1 : 0], dialled);
      bench.call_ended(dialled.action, "completed");
      CHECK(bench.task(dialled.id).status == TaskStatus::completed);
    }
  }
}

TEST_CASE("of two attempts by one key of a call one is claimed, though both waited before it was known to be one") {
  HeldForTwo bench("1m", "1m");
  bench.advance(kMinute);
  REQUIRE(bench.actions().size() == 2);
  unite(bench);
  bench.place(tasks_of(bench)[1].action);
  CHECK_FALSE(bench.claim(tasks_of(bench)[0].action));
  check_duplicate(bench, tasks_of(bench)[0], tasks_of(bench)[1]);
}

TEST_CASE("of two tasks by one key of a call that were both attempted the second is not tried again") {
  HeldForTwo bench("1m", "1m");
  bench.advance(kMinute);
  for (const Task& task : tasks_of(bench)) {
    bench.place(task.action);
    bench.call_ended(task.action, "no_answer");
  }
  unite(bench);
  bench.advance(15 * kMinute);
  CHECK(tasks_of(bench)[0].status == TaskStatus::in_progress);
  check_duplicate(bench, tasks_of(bench)[1], tasks_of(bench)[0]);
}

TEST_CASE("who was reached is not dialled for the other half of a call; a person may take one of two tasks back") {
  for (bool reached : {true, false}) {
    HeldForTwo bench;
    unite(bench);
    const Json change{{"id", tasks_of(bench)[0].id}, {"status", reached ? "completed" : "canceled"}};
    REQUIRE(bench.command("task.update", change).at("status_code") == 200);
    bench.advance(10 * kMinute);
    CHECK(bench.actions().size() == (reached ? 0 : 1));
    if (reached) check_duplicate(bench, tasks_of(bench)[1], tasks_of(bench)[0]);
  }
}

TEST_CASE("a call whose tenant is heard late has one attempt by one key, whosesoever it was taken for") {
  for (const char* taken_for : {"", "B1/L1"}) {
    for (const char* second : {"0s", "5m"}) {
      CAPTURE(taken_for, second);
      TaskBench bench(kCallBack);
      missed(bench, kPhone, "1m", *taken_for == '\0' ? Json::object() : whose(taken_for));
      bench.advance(1);
      missed(bench, kPhone, second, whose("B2/L1"));
      const size_t dialled = *second == '0' ? 1 : 0;
      if (dialled == 0) bench.advance(kMinute);
      REQUIRE(tasks_of(bench).size() == 2);
      CHECK(tasks_of(bench)[1].tenant == "B2/L1");
      bench.place(tasks_of(bench)[dialled].action);
      bench.advance(10 * kMinute);
      check_duplicate(bench, tasks_of(bench)[1 - dialled], tasks_of(bench)[dialled]);
    }
  }
}

TEST_CASE("a tenant that a row of a call was taken for is remembered when it is found to be another's call") {
  TaskBench bench(kCallBack);
  missed(bench, kPhone, "1m", whose("B1/L1"));
  bench.advance(1);
  missed(bench, kConversation, "5m", whose("B2/L1"));
  bench.advance(kMinute);
  bench.place(tasks_of(bench)[0].action);
  unite(bench);
  bench.advance(10 * kMinute);
  check_duplicate(bench, tasks_of(bench)[1], tasks_of(bench)[0]);
}

TEST_CASE("what people of a tenant asked for by the key of a call takes nothing from another whose call it is") {
  TaskBench bench(kCallBack);
  bench.report("call.ended", {{"external_ids", kPhone}, {"status", "no_answer"}, {"whose", "B2/L1"}});
  const std::string call = resolve_call_id(*bench.read(), "CA1").value();
  const std::string theirs = bench.schedule({{"key", "callback:" + call}, {"source", "phone"}}, "B2/L1");
  bench.place(bench.action_of(theirs));
  bench.advance(1);
  missed(bench, kPhone, "5m", whose("B1/L1"));
  bench.advance(5 * kMinute);
  REQUIRE(tasks_of(bench).size() == 2);
  CHECK(tasks_of(bench)[1].tenant == "B1/L1");
  CHECK(tasks_of(bench)[1].status == TaskStatus::in_progress);
}

}  // namespace hookswitch::test
