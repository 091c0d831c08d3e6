// A state from a backup comes to the end of its log, and rings nobody who may have been rung since.
#include "engine/workbench/catch_up.h"

#include "engine/processor/actions.h"
#include "engine/processor/restored.h"
#include "engine/state/actions.h"
#include "engine/state/call_ids.h"
#include "engine/state/campaigns.h"
#include "engine/state/changes.h"
#include "engine/state/position.h"
#include "engine/state/tasks.h"
#include "engine/workbench/feed_restart.h"
#include "tests/unit/workbench/replay_fixture.h"

namespace hookswitch::test {
namespace {

constexpr int64_t kHour = 3'600'000;

template <class T>
T expect(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

/// Each conversation asks for a call at once, for one in an hour, and for one in two days.
class Ringing : public Past {
 public:
  Ringing() {
    rules_.write(
        "ring.lua",
        "return { name = 'ring', on = 'conversation.ended', handle = function(event, ctx)\n"
        "local to = '+13105551234'\n"
        "ctx.action:call { to = to, source = 'elevenlabs' }\n"
        "ctx.tasks:schedule { key = 'soon ' .. event.id, to = to, due_at = ctx.now + 3600000, window = 'any' }\n"
        "ctx.tasks:schedule { key = 'later ' .. event.id, to = to, due_at = ctx.now + 172800000, window = 'any' } end "
        "}");
    use_rules(rules_.path());
    clock().set_ms(kEndedMs);
    deliver("elevenlabs", "", conversation("conv_1", "resolved"));
    settle();
  }
  const std::string& rules_in_force() const { return rules_.path(); }

 private:
  TempDir rules_;
};

/// The engine's state as it is now, as a backup holds it.
class Copy {
 public:
  explicit Copy(Ringing& past) : past_(past) {
    REQUIRE(past.store().copy_to(dir_.path()));
    store_ = expect(Store::open({.dir = dir_.path()}, past.clock()));
  }

  CatchUpSummary catch_up(int64_t later_ms, bool nothing_since = false, const Reader* replaced = nullptr) {
    auto rules = expect(RuleSet::load(past_.rules_in_force(), {}));
    const ManualClock clock(past_.clock().now_ms() + later_ms);
    CatchUp::Parts parts{.log = past_.log(),
                         .decoder = past_.decoder(),
                         .directory = past_.directory(),
                         .rules = *rules,
                         .clock = clock,
                         .store = *store_,
                         .nothing_since = nothing_since,
                         .replaced = replaced};
    return expect(CatchUp(std::move(parts)).run());
  }
  std::unique_ptr<Reader> read() const { return expect(store_->read()); }

 private:
  Ringing& past_;
  TempDir dir_;
  std::unique_ptr<Store> store_;
};

size_t count_actions(const Reader& reader, const std::string& status) {
  return expect(action_page(reader, {.status = status}, "", 100)).rows.size();
}

size_t count_tasks(const Reader& reader, const std::string& status) {
  return expect(task_page(reader, {.status = status}, "", 100)).rows.size();
}

}  // namespace

TEST_CASE("a state from a backup comes to the end of its log, and what may have been done since is held", "[restore]") {
  Ringing past;
  Copy copy(past);
  past.deliver("elevenlabs", "", conversation("conv_2", "resolved"));
  past.settle();
  auto summary = copy.catch_up(2 * kHour);
  CHECK(summary.records == 1);
  CHECK(summary.held_actions == 2);
  CHECK(summary.held_tasks == 2);
  CHECK(summary.waiting.size() == 4);
  auto reader = copy.read();
  CHECK(read_position(*reader) == past.log().last_seq());
  CHECK(count_actions(*reader, "waiting") == 0);
  CHECK(count_actions(*reader, "held") == 2);
  CHECK(count_tasks(*reader, "canceled") == 2);
  CHECK(read_restored(*reader)->last_seq == past.log().last_seq());
  CHECK(count_tasks(*reader, "scheduled") == 2);
  CHECK(summary.later_tasks == 2);
  CHECK(last_change(*reader) >= kFeedFarAhead);
}

TEST_CASE("a task brought forward after the backup is canceled when the data replaced knows of it", "[restore]") {
  Ringing past;
  Copy copy(past);
  const bool completed = GENERATE(true, false);
  REQUIRE(past.store().write([&](Writer& writer) -> Status {
    const auto rows = expect(task_page(writer, {.status = "scheduled"}, "", 9)).rows;
    Task task = *find_task(writer, json_text(rows.at(1), "id"));  // that is due in two days
    if (completed) task.status = TaskStatus::completed;
    task.attempts = 1;
    put_task(writer, task);
    return writer.status();
  }));
  const auto replaced = expect(past.store().read());
  auto summary = copy.catch_up(kHour / 2, false, replaced.get());
  CHECK(summary.held_tasks == 1);
  CHECK(summary.later_tasks == 0);
  auto reader = copy.read();
  CHECK(count_tasks(*reader, "canceled") == 1);
  CHECK(count_tasks(*reader, "scheduled") == 1);
}

TEST_CASE("a campaign that ran when its backup was made waits for a person, and makes no more tasks", "[restore]") {
  Ringing past;
  Campaign campaign;
  campaign.id = "cmp_1";
  campaign.name = "spring";
  campaign.total = 400;
  REQUIRE(past.store().write([&](Writer& writer) -> Status {
    put_campaign(writer, campaign);
    set_timer(writer, {"hookswitch.campaign/cmp_1", kEndedMs, "campaign", "{}"});
    return {};
  }));
  Copy copy(past);
  past.deliver("elevenlabs", "", conversation("conv_2", "resolved"));
  past.settle();
  CHECK(copy.catch_up(2 * kHour).held_campaigns == 1);
  auto reader = copy.read();
  CHECK(find_campaign(*reader, "cmp_1")->status == CampaignStatus::paused);
  CHECK_FALSE(find_timer(*reader, "hookswitch.campaign/cmp_1"));
}

TEST_CASE("a rule's timer that was due before a restore fires, and the call it asks for is held", "[restore]") {
  TempDir rules;
  rules.write(
      "remind.lua",
      "return { name = 'remind', on = { 'call.ended', 'timer.remind' }, handle = function(event, ctx)\n"
      "if event.type == 'call.ended' then ctx.timer:set { key = 'k', after = '5m', name = 'remind' } return end\n"
      "ctx.kpi:add('reminded')\n"
      "ctx.tasks:schedule { key = 'again', to = '+13105551234', window = 'any' }\n"
      "ctx.action:call { to = '+13105551234', source = 'elevenlabs' } end }");
  InProcess engine(rules.path());
  engine.clock().set_ms(kEndedMs);
  engine.deliver("twilio", "status", twilio_end("CA1", "completed"));
  engine.settle();
  REQUIRE(engine.store().write([&](Writer& writer) -> Status {
    Timer timer = *find_timer(writer, "k");
    mark_restored(timer);
    set_timer(writer, timer);
    return {};
  }));
  engine.clock().set_ms(kEndedMs + 2 * kHour);
  engine.log().wake();
  REQUIRE(eventually([&] { return engine.store().read().value()->count(Table::kpis) > 0; }));
  engine.settle();
  auto reader = expect(engine.store().read());
  CHECK(count_actions(*reader, "held") == 1);
  CHECK(count_actions(*reader, "waiting") == 0);
  CHECK(count_tasks(*reader, "canceled") == 1);
}

TEST_CASE("what a doubtful timer sets for the time before the restore is as doubtful, and what is due later is not",
          "[restore]") {
  TempDir rules;
  rules.write("remind.lua",
              "return { name = 'remind', on = { 'call.ended', 'timer.first', 'timer.next' },\n"
              "handle = function(event, ctx)\n"
              "if event.type == 'call.ended' then ctx.timer:set { key = 'first', after = '5m', name = 'first' } return "
              "end\n"
              "if event.type == 'timer.first' then\n"
              "  ctx.timer:set { key = 'soon', after = '5m', name = 'next' }\n"
              "  ctx.timer:set { key = 'late', after = '3h', name = 'next' } return end\n"
              "ctx.kpi:add('rung')\n"
              "ctx.action:call { to = '+13105551234', source = 'elevenlabs' } end }");
  InProcess engine(rules.path());
  engine.clock().set_ms(kEndedMs);
  engine.deliver("twilio", "status", twilio_end("CA1", "completed"));
  engine.settle();
  REQUIRE(engine.store().write([&](Writer& writer) -> Status {
    Timer timer = *find_timer(writer, "first");
    mark_restored(timer);
    set_timer(writer, timer);
    put_restored(writer, {kEndedMs + kHour, engine.log().last_seq()});
    return {};
  }));
  auto rings = [&](const std::string& status, int64_t later_ms) {
    engine.clock().set_ms(kEndedMs + later_ms);
    engine.log().wake();
    return eventually([&] { return count_actions(*expect(engine.store().read()), status) == 1; });
  };
  CHECK(rings("held", 2 * kHour));
  CHECK(count_actions(*expect(engine.store().read()), "waiting") == 0);
  CHECK(rings("waiting", 4 * kHour));
}

TEST_CASE("a task that a doubtful timer moves to a time before the restore is not dialled", "[restore]") {
  TempDir rules;
  const int64_t at_ms = GENERATE(kEndedMs + 5 * 60'000, kEndedMs + 3 * kHour);
  rules.write("move.lua",
              "return { name = 'move', on = { 'call.ended', 'timer.move' }, handle = function(event, ctx)\n"
              "if event.type == 'call.ended' then\n"
              "  ctx.tasks:schedule { key = 'k', to = '+13105551234', due_at = ctx.now + 172800000, window = 'any' }\n"
              "  ctx.timer:set { key = 'm', after = '5m', name = 'move' } return end\n"
              "ctx.kpi:add('moved')\n"
              "ctx.tasks:schedule { key = 'k', to = '+13105551234', due_at = " +
                  std::to_string(at_ms) + " } end }");
  InProcess engine(rules.path());
  engine.clock().set_ms(kEndedMs);
  engine.deliver("twilio", "status", twilio_end("CA1", "completed"));
  engine.settle();
  REQUIRE(count_tasks(*expect(engine.store().read()), "scheduled") == 1);
  REQUIRE(engine.store().write([&](Writer& writer) -> Status {
    Timer timer = *find_timer(writer, "m");
    mark_restored(timer);
    set_timer(writer, timer);
    put_restored(writer, {kEndedMs + kHour, engine.log().last_seq()});
    return {};
  }));
  engine.clock().set_ms(kEndedMs + 2 * kHour);
  engine.log().wake();
  REQUIRE(eventually([&] { return expect(engine.store().read())->count(Table::kpis) > 0; }));
  engine.settle();
  const bool late = at_ms > kEndedMs + kHour;
  auto reader = expect(engine.store().read());
  CHECK(count_tasks(*reader, "canceled") == (late ? 0 : 1));
  CHECK(count_tasks(*reader, "scheduled") == (late ? 1 : 0));
  CHECK(count_actions(*reader, "waiting") == 0);
}

TEST_CASE("what a list tells after a restore of the time before it rings nobody by itself", "[restore]") {
  TempDir rules;
  rules.write("back.lua",
              "return { name = 'back', on = 'import.conversation', handle = function(event, ctx)\n"
              "ctx.kpi:add('imported')\n"
              "ctx.tasks:schedule { key = 'again', to = '+13105551234', window = 'any' }\n"
              "ctx.action:call { to = '+13105551234', source = 'elevenlabs' } end }");
  const bool before = GENERATE(true, false);
  InProcess engine(rules.path());
  REQUIRE(engine.store().write([&](Writer& writer) -> Status {
    put_restored(writer, {before ? engine.clock().now_ms() : 0, 0});
    return {};
  }));
  NewRecord record;
  record.kind = RecordKind::import;
  record.source = "elevenlabs";
  record.time_ms = engine.clock().now_ms();
  record.headers = {{":kind", "conversations"}, {":sync", "sync_1"}};
  record.body = fixture("elevenlabs/api.conversation_get.response.json");
  REQUIRE(engine.log().append_and_wait(std::move(record)));
  engine.settle();
  auto reader = expect(engine.store().read());
  CHECK(reader->count(Table::kpis) > 0);
  CHECK(count_actions(*reader, "held") == (before ? 1 : 0));
  CHECK(count_tasks(*reader, "canceled") == (before ? 1 : 0));
}

TEST_CASE("a call that a list has shown already is not placed again", "[restore]") {
  Ringing past;
  const std::string about = "someone asked";
  RecordView record;
  record.seq = past.log().last_seq();
  record.time_ms = kEndedMs;
  REQUIRE(past.store().write([&](Writer& writer) -> Status {
    link_call(writer, "action", action_id_of(about), "call_of_a_list");
    Action asked;
    asked.type = "call";
    asked.source = "elevenlabs";
    asked.params = {{"to", "+13105551234"}};
    auto made = make_action(writer, record, about, asked);
    REQUIRE(made);
    CHECK(find_action(writer, *made)->status == ActionStatus::done);
    return {};
  }));
}

TEST_CASE("when the engine did nothing after the backup, everything that waits goes on", "[restore]") {
  Ringing past;
  Copy copy(past);
  auto summary = copy.catch_up(2 * kHour, true);
  CHECK(summary.records == 0);
  CHECK(summary.held_actions + summary.held_tasks == 0);
  auto reader = copy.read();
  CHECK(count_actions(*reader, "waiting") == 1);
  CHECK(count_tasks(*reader, "scheduled") == 2);
}

}  // namespace hookswitch::test
