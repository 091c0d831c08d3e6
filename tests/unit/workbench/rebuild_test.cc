// The state made anew from the log is the state that was there, and takes its place whole or not at all.
#include "engine/workbench/rebuild.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "engine/base/hash.h"
#include "engine/base/time_text.h"
#include "engine/fsck/state_rows.h"
#include "engine/log/blob_files.h"
#include "engine/processor/campaigns.h"
#include "engine/processor/restored.h"
#include "engine/processor/tasks.h"
#include "engine/state/actions.h"
#include "engine/state/calls.h"
#include "engine/state/changes.h"
#include "engine/state/contacts.h"
#include "engine/state/position.h"
#include "engine/state/recordings.h"
#include "engine/state/suppressions.h"
#include "engine/state/syncs.h"
#include "engine/state/tasks.h"
#include "engine/state/timers.h"
#include "engine/state/tokens.h"
#include "engine/workbench/restore_hold.h"
#include "engine/workbench/state_swap.h"
#include "engine/workbench/table_walk.h"
#include "tests/unit/workbench/stopped_engine.h"

namespace hookswitch::test {
namespace {

namespace fs = std::filesystem;

/// "table key" of every row that differs, but for the moment when the state was made.
Lines differing_rows(Store& one, Store& other) {
  auto before = expect(one.read());
  auto after = expect(other.read());
  Lines out;
  for (size_t i = 0; i < static_cast<size_t>(Table::count_); ++i) {
    auto table = static_cast<Table>(i);
    auto walked = walk_differences({*before, *after}, table, "", [&](const RowDifference& row) {
      if (table != Table::meta || row.key != "format") out.push_back(fmt::format("{} {}", i, to_hex(row.key)));
    });
    REQUIRE(walked);
  }
  return out;
}

uint64_t rows(Store& store, Table table) { return expect(store.read())->count(table); }

/// Deliveries of both providers, duplicates, a letter that died, commands, a token, timers that fired.
void live_a_day(Past& past, const TempDir& rules) {
  fs::copy(kProjectRules, rules.path(), fs::copy_options::recursive);
  rules.write("timers.lua",
              "return { { name = 'set', on = 'call.ended', handle = function(event, ctx)\n"
              "if event.data.status == 'busy' then ctx.fail('busy') end\n"
              "ctx.timer:set { key = 'r:' .. ctx.call.id, after = '1m', name = 'remind' }\n"
              "ctx.contacts:put { id = 'c1', name = 'Ann', phones = { '+14155551234' } } end },\n"
              "{ name = 'fire', on = 'timer.remind', handle = function(event, ctx) ctx.kpi:add('reminded', 1)\n"
              "ctx.state:put('last', event.time) end } }");
  past.use_rules(rules.path());
  past.clock().set_ms(kEndedMs);
  for (int i = 0; i < 30; ++i) {
    past.deliver("elevenlabs", "", conversation(fmt::format("conv_{}", i % 20), i % 3 ? "resolved" : "escalated"));
    past.deliver("twilio", "status", twilio_end(fmt::format("CA{}", i % 25), i % 7 ? "completed" : "busy"));
    past.settle();
    past.clock().advance_ms(kMinute / 2);
    past.log().wake();
  }
  past.deliver("twilio", "voice", fixture("twilio/voice.inbound.form"));
  past.deliver("elevenlabs", "", "this is no JSON");
  past.command("token.create", {{"id", "tok_1"}, {"hash", std::string(64, 'a')}, {"role", "admin"}});
  past.command("dead.redrive", Json::object());
  past.settle();
}

/// A task that waits for its second attempt.
Task waiting_task(const std::string& key, TaskStatus status = TaskStatus::scheduled) {
  Task task;
  task.id = task_id_of("B1/L1", key);
  task.key = key;
  task.tenant = "B1/L1";
  task.to = "+13105551234";
  task.status = status;
  task.attempts = 1;
  task.action = "axn_of_the_first_attempt";
  task.next_ms = status == TaskStatus::scheduled ? kEndedMs + 60 * kMinute : 0;
  task.created_ms = task.updated_ms = kEndedMs - 60 * kMinute;
  return task;
}

/// Its id. Each of its people has a task that waits until tomorrow.
std::string begin_campaign(Past& past, int people) {
  past.clock().set_ms(kEndedMs);
  Json list = Json::array();
  for (int n = 0; n < people; ++n) list.push_back({{"to", fmt::format("+1310555123{}", n)}});
  past.command("campaign.create", {{"name", "spring"},
                                   {"tenant", "B1/L1"},
                                   {"task", {{"due_at", rfc3339(kEndedMs + 24 * 60 * kMinute)}}},
                                   {"people", std::move(list)}});
  std::string id;
  REQUIRE(eventually([&] {
    past.clock().advance_ms(1'000);
    past.log().wake();
    auto reader = expect(past.store().read());
    for (const Json& row : expect(campaign_page(*reader, "", "", 9)).rows) id = json_text(row, "id");
    return campaign_tasks(*reader, id, "", 9).size() == static_cast<size_t>(people);
  }));
  past.settle();
  return id;
}

/// What was asked for long ago: whom nobody may call, what is open, up to when a source was synced.
void ask_long_ago(Store& store) {
  REQUIRE(store.write([](Writer& writer) -> Status {
    put_suppression(writer, {.phone = "+14155550001", .tenant = "", .reason = "asked", .created_ms = kEndedMs - 9});
    put_suppression(writer, {.phone = "+14155550002", .tenant = "B1/L1", .created_ms = kEndedMs + 5 * kMinute});
    REQUIRE(put_contact(writer, {{"id", "c9"}, {"phones", {"+14155550009"}}}));
    set_synced_until(writer, "elevenlabs", "conversations", kEndedMs - kMinute);
    Campaign campaign;
    campaign.id = "cmp_1";
    campaign.tenant = "B1/L1";
    campaign.total = 3;
    campaign.next = 2;
    campaign.counts = {{"scheduled", 1}, {"in_progress", 1}};
    put_campaign(writer, campaign);
    put_campaign_person(writer, "cmp_1", 2, {{"to", "+13105550003"}});
    Task scheduled = waiting_task("scheduled"), busy = waiting_task("busy", TaskStatus::in_progress);
    Task of_campaign = waiting_task("of campaign"), busy_of_it = waiting_task("busy one", TaskStatus::in_progress);
    of_campaign.campaign = busy_of_it.campaign = "cmp_1";
    for (const Task& task : {scheduled, busy, of_campaign, busy_of_it}) put_task(writer, task);
    set_timer(writer, {"hookswitch.task/" + scheduled.id, scheduled.next_ms, "task", R"({"deadline_ms":0})"});
    return writer.status();
  }));
}

}  // namespace

TEST_CASE("a rebuild by the same rules gives the same state, row by row in every table", "[rebuild]") {
  TempDir rules;
  Past past;
  live_a_day(past, rules);
  StoppedEngine stopped(past);
  auto summary = stopped.rebuild(rules.path());
  REQUIRE(summary);
  CHECK(summary->records == past.log().last_seq());
  CHECK(summary->resumed_from == 0);
  CHECK(summary->dead > 0);
  CHECK(!summary->feed_restarted);
  auto rebuilt = stopped.state();
  CHECK(differing_rows(past.store(), *rebuilt) == Lines{});
  CHECK(rows(*rebuilt, Table::calls) == summary->calls);
  CHECK(rows(*rebuilt, Table::tokens) == 2);
  for (Table table : {Table::seen, Table::changes, Table::kpis, Table::shares, Table::memory, Table::contacts}) {
    CHECK(rows(*rebuilt, table) > 0);
  }
  CHECK(!fs::exists(rebuild_dir(stopped.dir())));
  CHECK(!fs::exists(state_dir(stopped.dir()) + "/rebuild.plan"));
}

TEST_CASE("timers that fired twice at one time, and a recording told behind a conversation without one, are rebuilt",
          "[rebuild]") {
  TempDir rules;
  rules.write("steps.lua",
              "return { name = 'steps', on = { 'call.ended', 'timer.step' }, handle = function(event, ctx)\n"
              "local n = event.data.n or 0\n"
              "if n > 0 then ctx.activity:add { kind = 'step', title = 'step ' .. n } end\n"
              "if n < 3 then ctx.timer:set { key = 'k', name = 'step', after = 0, data = { n = n + 1 } } end end }");
  Past past(rules.path());
  past.clock().set_ms(kEndedMs);
  past.deliver("twilio", "status", twilio_end("CA1"));
  REQUIRE(eventually([&] { return rows(past.store(), Table::activity) >= 3; }));
  Json told = Json::parse(conversation("conv_1", "resolved"));
  told["data"]["has_audio"] = false;
  told["data"]["metadata"]["phone_call"] = {{"type", "twilio"}, {"call_sid", "CA1"}};
  past.deliver("elevenlabs", "", told.dump());
  past.deliver("twilio", "recording", "CallSid=CA1&RecordingSid=RE1&RecordingStatus=completed");
  past.settle();
  REQUIRE(rows(past.store(), Table::recordings) > 0);
  REQUIRE(past.call("CA1")["has_recording"] == true);
  StoppedEngine stopped(past);
  REQUIRE(stopped.rebuild(rules.path()));
  CHECK(differing_rows(past.store(), *stopped.state()) == Lines{});
}

TEST_CASE("a rebuild by other rules gives their state, and who follows the feed is told to fetch again", "[rebuild]") {
  Past past;
  past.deliver("twilio", "status", twilio_end("CA1"));
  past.deliver("twilio", "status", twilio_end("CA2"));
  past.settle();
  TempDir other;
  other.write("rule.lua",
              "return { name = 'rule', on = 'call.ended', handle = function(event, ctx)\n"
              "ctx.kpi:add('other', 1) end }");
  StoppedEngine stopped(past);
  auto summary = stopped.rebuild(other.path());
  REQUIRE(summary);
  CHECK(summary->feed_restarted);
  auto rebuilt = stopped.state();
  auto reader = expect(rebuilt->read());
  CHECK(kpi_names(*reader, 10) == Lines{"other"});
  auto old = expect(past.store().read());
  CHECK(first_change(*reader) > last_change(*old) + 1);
}

TEST_CASE("a log that is older than the state is refused, and the state stays as it is", "[rebuild]") {
  Past past;
  past.deliver_ends(20);
  StoppedEngine stopped(past);
  TempDir elsewhere;
  auto older =
      expect(Log::open({.dir = elsewhere.path() + "/log", .blob_dir = elsewhere.path() + "/blobs"}, past.clock()));
  for (uint64_t end : {0, 3}) {
    while (older->last_seq() < end) expect(older->append_and_wait({.source = "twilio"}));
    auto refused = stopped.rebuild(kProjectRules, {}, false, older.get());
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Code::conflict);
    CHECK(refused.error().message.find(fmt::format("ends with {}:", end)) != std::string::npos);
    CHECK(refused.error().message.find("record 20,") != std::string::npos);
    CHECK(differing_rows(past.store(), *stopped.state()) == Lines{});
  }
  CHECK(stopped.rebuild(kProjectRules, {}, true, older.get()));
}

TEST_CASE("a stopped rebuild leaves the state as it is and goes on where it was", "[rebuild]") {
  Past past;
  past.deliver_ends(3'000);
  StoppedEngine stopped(past);
  auto first = stopped.rebuild(kProjectRules, [](uint64_t, uint64_t) { return false; });
  REQUIRE(first);
  CHECK(first->stopped);
  CHECK(first->records < 3'000);
  CHECK(differing_rows(past.store(), *stopped.state()) == Lines{});
  auto second = stopped.rebuild();
  REQUIRE(second);
  CHECK(second->resumed_from == first->records);
  CHECK(first->records + second->records == 3'000);
  CHECK(differing_rows(past.store(), *stopped.state()) == Lines{});
}

TEST_CASE("a killed rebuild goes on from its last commit, and begins anew when the rules changed", "[rebuild]") {
  Past past;
  past.deliver_ends(5'000);
  StoppedEngine stopped(past);
  past.settle();
  const pid_t child = ::fork();
  if (child == 0) {
    auto log = Log::open_to_read(past.dir().path() + "/log");
    if (!log) ::_exit(1);
    auto ran = stopped.rebuild(
        kProjectRules,
        [](uint64_t done, uint64_t) {
          if (done > 2'500) ::_exit(9);
          return true;
        },
        false, log->get());
    ::_exit(2);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE(WIFEXITED(status));
  REQUIRE(WEXITSTATUS(status) == 9);
  CHECK(!read_plan(stopped.dir()).empty());
  SECTION("with the same rules") {
    auto summary = stopped.rebuild();
    REQUIRE(summary);
    CHECK(summary->resumed_from > 0);
    CHECK(summary->resumed_from + summary->records == 5'000);
    CHECK(differing_rows(past.store(), *stopped.state()) == Lines{});
  }
  SECTION("with others") {
    TempDir other;
    other.write("rule.lua", "return { name = 'rule', on = 'never', handle = function() end }");
    auto summary = stopped.rebuild(other.path());
    REQUIRE(summary);
    CHECK(summary->resumed_from == 0);
    CHECK(summary->records == 5'000);
    CHECK(rows(*stopped.state(), Table::kpis) == 0);
  }
}

TEST_CASE("what a restore held back is held after a rebuild too", "[rebuild]") {
  TempDir rules;
  rules.write(
      "ring.lua",
      "return { name = 'ring', on = { 'call.ended', 'timer.*' }, handle = function(event, ctx)\n"
      "if event.type ~= 'call.ended' then return end\n"
      "ctx.timer:set { key = 'k', after = '5m', name = 'remind' }\n"
      "ctx.action:call { to = '+13105551234', source = 'elevenlabs' }\n"
      "ctx.tasks:schedule { key = 'soon', to = '+13105551234', due_at = ctx.now + 60000, window = 'any' } end }");
  Past past(rules.path());
  past.clock().set_ms(kEndedMs);
  past.command("campaign.create",
               {{"name", "spring"}, {"tenant", "B1/L1"}, {"people", Json::array({{{"to", "+13105551234"}}})}});
  past.deliver("twilio", "status", twilio_end("CA1"));
  const auto asked = [&] { return expect(action_page(*expect(past.store().read()), {}, "", 9)).rows.size(); };
  REQUIRE(eventually([&] { return asked() == 2; }));  // the rule's, and the attempt of the campaign's task
  past.settle();
  REQUIRE(hold_after_restore(past.store(), {kEndedMs + 3'600'000, past.log().last_seq()}));
  past.deliver("twilio", "status", twilio_end("CA2"));
  past.settle();
  auto held = [](Store& store) {
    auto reader = expect(store.read());
    Lines out{find_timer(*reader, "k")->data};
    for (const Json& row : expect(action_page(*reader, {}, "", 9)).rows) out.push_back(row["status"]);
    for (const Json& row : expect(task_page(*reader, {}, "", 9)).rows) out.push_back(row["status"]);
    const auto campaigns = expect(campaign_page(*reader, "", "", 9));
    for (const Json& row : campaigns.rows) out.push_back(dump({row["status"], row["reason"]}));
    return out;
  };
  const Lines before = held(past.store());
  StoppedEngine stopped(past);
  const bool in_two = GENERATE(false, true);
  if (in_two) REQUIRE(stopped.rebuild(rules.path(), [](uint64_t, uint64_t) { return false; })->stopped);
  auto summary = stopped.rebuild(rules.path());
  REQUIRE(summary);
  CHECK(held(*stopped.state()) == before);
  CHECK(std::ranges::find(before, dump({"paused", kRestoredReason})) != before.end());
}

TEST_CASE("what each of several restores held back is held after a rebuild as it was", "[rebuild]") {
  TempDir rules;
  rules.write("ring.lua",
              "return { name = 'ring', on = 'call.ended', handle = function(event, ctx)\n"
              "ctx.action:call { to = '+13105551234', source = 'elevenlabs' }\n"
              "ctx.tasks:schedule { key = ctx.call.id, to = '+13105551234', due_at = ctx.now + 60000, window = 'any' } "
              "end }");
  Past past(rules.path());
  past.clock().set_ms(kEndedMs);
  for (int i = 1; i <= 3; ++i) {
    past.deliver("twilio", "status", twilio_end(fmt::format("CA{}", i)));
    past.settle();
    if (i < 3) REQUIRE(hold_after_restore(past.store(), {kEndedMs + i * 60 * kMinute, past.log().last_seq()}));
  }
  StoppedEngine stopped(past);
  const bool in_two = GENERATE(false, true);
  if (in_two) REQUIRE(stopped.rebuild(rules.path(), [](uint64_t, uint64_t) { return false; })->stopped);
  expect(stopped.rebuild(rules.path()));
  CHECK(differing_rows(past.store(), *stopped.state()) == Lines{});
  CHECK(read_restores(*expect(stopped.state()->read())).size() == 2);
}

TEST_CASE("a campaign that did not run goes on only by a person's word after a rebuild", "[rebuild]") {
  Past past;
  past.command("campaign.create",
               {{"name", "spring"}, {"tenant", "B1/L1"}, {"people", Json::array({{{"to", "+13105551234"}}})}});
  past.settle();
  std::string id;
  REQUIRE(past.store().write([&](Writer& writer) -> Status {
    auto campaign = Campaign::from_json(expect(campaign_page(writer, "", "", 9)).rows.at(0));
    id = campaign.id;
    pause_campaign(writer, campaign, CampaignStatus::stopped, "too many failed", kEndedMs);
    return {};
  }));
  StoppedEngine stopped(past);
  auto summary = stopped.rebuild();
  REQUIRE(summary);
  // Whether it had made a task before it stopped is left to chance, and a matter of another warning.
  CHECK(std::ranges::any_of(summary->warnings,
                            [](const std::string& line) { return line.find("campaign") != std::string::npos; }));
  auto state = stopped.state();
  auto campaign = find_campaign(*expect(state->read()), id);
  CHECK(campaign->status == CampaignStatus::stopped);
  CHECK(campaign->reason == "too many failed");
}

TEST_CASE("whom an erasure kept from being rung, later erasures and a rebuild keep from it too", "[rebuild]") {
  const std::string first = "+40744000001", second = "+40744000002";
  const std::vector<std::string> erased =
      GENERATE_COPY(std::vector{first, second}, std::vector{first, first}, std::vector{second, first, second});
  Past past;
  past.command("contact.put",
               {{"id", "c1"}, {"row", {{"tenant", "B1/L1"}, {"do_not_call", true}, {"phones", {first, second}}}}});
  for (const std::string& phone : erased) erase_phone(past, phone);
  auto suppressed = [](Store& store) {
    auto reader = expect(store.read());
    Lines phones;
    for (const Json& row : expect(suppressions_page(*reader, "", "", 9)).rows) phones.push_back(row["phone"]);
    std::ranges::sort(phones);
    return phones;
  };
  REQUIRE(suppressed(past.store()) == Lines{first, second});
  StoppedEngine stopped(past);
  REQUIRE(stopped.rebuild());
  CHECK(suppressed(*stopped.state()) == Lines{first, second});
}

TEST_CASE("tables that the log does not tell are carried over", "[rebuild]") {
  Past past;
  past.deliver("twilio", "status", twilio_end("CA1"));
  StoppedEngine stopped(past);
  {
    auto state = stopped.state();
    REQUIRE(state->write([](Writer& writer) {
      writer.put(Table::rule_versions, "12345678", "kept");
      return writer.status();
    }));
  }
  REQUIRE(stopped.rebuild());
  auto rebuilt = stopped.state();
  CHECK(expect(rebuilt->read())->get(Table::rule_versions, "12345678") == "kept");
}

TEST_CASE("a rebuild takes over from a state of an older format what the log does not tell", "[rebuild]") {
  Past past;
  past.deliver("twilio", "status", twilio_end("CA1"));
  StoppedEngine stopped(past);
  REQUIRE(stopped.state()->write([](Writer& writer) {
    writer.put(Table::rule_versions, "12345678", "kept");
    writer.put(Table::calls, "call_1", "\1of an older format");
    std::string format(writer.get(Table::meta, "format").value_or(""));
    format.at(0) = 1;
    writer.put(Table::meta, "format", format);
    return writer.status();
  }));
  auto summary = expect(stopped.rebuild());
  CHECK(summary.warnings == Lines{});
  auto rebuilt = stopped.state();
  CHECK(expect(rebuilt->read())->get(Table::rule_versions, "12345678") == "kept");
  CHECK(rows(*rebuilt, Table::calls) == 1);
}

TEST_CASE("a trimmed log is refused, and --partial keeps tokens, contacts, agents and recordings", "[rebuild]") {
  TempDir rules;
  Past past;
  live_a_day(past, rules);
  const std::string audio(64, 'a');
  past.settle();
  REQUIRE(past.store().write([&](Writer& writer) {
    put_recording(writer, {.call = "call_1", .status = RecordingStatus::kept, .blob = audio, .kept_ms = kEndedMs});
    return writer.status();
  }));
  StoppedEngine stopped(past);
  TempDir other;
  ManualClock clock(kEndedMs);
  auto log = trimmed_log(other, clock);

  auto refused = stopped.rebuild(kProjectRules, {}, false, log.get());
  REQUIRE(!refused);
  CHECK(refused.error().code == Code::conflict);
  CHECK(refused.error().message.find("record 3") != std::string::npos);
  for (const char* named : {"do-not-call", "campaigns", "outbox", "rules remembered"})
    CHECK(refused.error().message.contains(named));
  CHECK(differing_rows(past.store(), *stopped.state()) == Lines{});

  auto partial = stopped.rebuild(kProjectRules, {}, true, log.get());
  REQUIRE(partial);
  CHECK(partial->records == 1);
  auto rebuilt = stopped.state();
  CHECK(rows(*rebuilt, Table::calls) == 1);
  CHECK(find_token(*expect(rebuilt->read()), "tok_1"));
  CHECK(holds_blob(*expect(rebuilt->read()), audio));
  CHECK(rows(*rebuilt, Table::contacts) == rows(past.store(), Table::contacts));
  CHECK(read_position(*expect(rebuilt->read())) == 3);
}

TEST_CASE("of a trimmed log's past the do-not-call list, open tasks, campaigns and marks of syncs are kept",
          "[rebuild]") {
  Past past;
  past.settle();
  ask_long_ago(past.store());
  StoppedEngine stopped(past);
  if (GENERATE(false, true)) stopped.seal();
  TempDir other;
  ManualClock clock(kEndedMs);
  auto log = trimmed_log(other, clock);
  auto summary = expect(stopped.rebuild(kProjectRules, {}, true, log.get()));
  CHECK(warns_of(summary, "2 tasks are canceled"));
  CHECK(warns_of(summary, "1 campaigns that ran are paused"));
  CHECK_FALSE(warns_of(summary, "are gone"));
  auto state = stopped.state();
  auto reader = expect(state->read());
  CHECK(find_suppression(*reader, "+14155550001", "B2/L1", kEndedMs));
  CHECK(find_suppression(*reader, "+14155550002", "B1/L1", kEndedMs));
  CHECK(find_contact_by_phone(*reader, "+14155550009"));
  CHECK(synced_until(*reader, "elevenlabs", "conversations") == kEndedMs - kMinute);
  CHECK(find_campaign(*reader, "cmp_1")->status == CampaignStatus::paused);
  CHECK(find_campaign(*reader, "cmp_1")->next == 2);
  CHECK(find_campaign(*reader, "cmp_1")->open() == 1);
  CHECK(find_campaign_person(*reader, "cmp_1", 2));
  const auto task = resolve_task(*reader, "B1/L1", "scheduled");
  REQUIRE(task);
  CHECK(task->status == TaskStatus::scheduled);
  CHECK(task->attempts == 1);
  CHECK(find_timer(*reader, "hookswitch.task/" + task->id)->due_ms == task->next_ms);
  CHECK(resolve_task(*reader, "B1/L1", "of campaign")->status == TaskStatus::scheduled);
  CHECK(resolve_task(*reader, "B1/L1", "busy")->status == TaskStatus::canceled);
  CHECK(resolve_task(*reader, "B1/L1", "busy one")->status == TaskStatus::canceled);
  uint64_t wrong = 0;
  REQUIRE(check_rows(*reader, log->last_seq(), [&](const RowFinding&) { ++wrong; }));
  CHECK(wrong == 0);
}

TEST_CASE("after a rebuild of a log that lost its end, what arrives is processed", "[rebuild]") {
  Past past;
  past.deliver_ends(20);
  StoppedEngine stopped(past);
  TempDir elsewhere;
  auto log = log_of(GENERATE(0, 3), elsewhere, past.clock());
  expect(stopped.rebuild(kProjectRules, {}, true, log.get()));
  auto state = stopped.state();
  Metrics metrics;
  ProcessMetrics process_metrics(metrics);
  Processor processor({.log = *log,
                       .store = *state,
                       .decoder = past.decoder(),
                       .directory = past.directory(),
                       .answers = past.answers(),
                       .metrics = process_metrics,
                       .clock = past.clock(),
                       .keep_traces = limits::kTracesKept,
                       .configured = [](std::string_view) { return true; }},
                      expect(RuleSet::load(kProjectRules, {})));
  processor.start();
  append_end(*log, 9);
  CHECK(eventually([&] { return processor.status().position == log->last_seq(); }));
  CHECK(resolve_call_id(*expect(state->read()), "CB9"));
  log->wake();
}

TEST_CASE("what --partial kept of a log without its end, a later rebuild drops only when nobody asks to keep it",
          "[rebuild]") {
  Past past;
  past.deliver_ends(20);
  past.settle();
  REQUIRE(past.store().write([](Writer& writer) {
    put_suppression(writer, {.phone = "+14155550001", .created_ms = kEndedMs});
    return writer.status();
  }));
  StoppedEngine stopped(past);
  TempDir elsewhere;
  auto log = log_of(3, elsewhere, past.clock());
  for (int times = 0; times < 2; ++times) {
    expect(stopped.rebuild(kProjectRules, {}, true, log.get()));
    append_end(*log, 4 + times);
    auto refused = stopped.rebuild(kProjectRules, {}, false, log.get());
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Code::conflict);
    CHECK(refused.error().message.contains("do-not-call"));
    CHECK(find_suppression(*expect(stopped.state()->read()), "+14155550001", "", kEndedMs));
  }
}

TEST_CASE("--partial of a log that is whole keeps no later rebuild from reading it", "[rebuild]") {
  Past past;
  past.deliver_ends(20);
  StoppedEngine stopped(past);
  expect(stopped.rebuild(kProjectRules, {}, true));
  CHECK(stopped.rebuild());
}

TEST_CASE("what was synced behind a log's lost end is synced again", "[rebuild]") {
  Past past;
  past.deliver_ends(20);
  past.settle();
  REQUIRE(past.store().write([](Writer& writer) {
    set_synced_until(writer, "elevenlabs", "conversations", kEndedMs + 60 * kMinute);
    set_synced_until(writer, "twilio", "calls", kEndedMs);
    return writer.status();
  }));
  StoppedEngine stopped(past);
  TempDir elsewhere;
  const int ends = GENERATE(0, 3);
  auto log = log_of(ends, elsewhere, past.clock());
  expect(stopped.rebuild(kProjectRules, {}, true, log.get()));
  auto state = stopped.state();
  auto reader = expect(state->read());
  using Mark = std::optional<int64_t>;
  CHECK(synced_until(*reader, "elevenlabs", "conversations") == (ends == 0 ? Mark{} : Mark{kEndedMs + 2 * kMinute}));
  CHECK(synced_until(*reader, "twilio", "calls") == (ends == 0 ? Mark{} : Mark{kEndedMs}));
}

TEST_CASE("a campaign whose later attempts a log lost is as it was, and rings nobody again", "[rebuild]") {
  Past past;
  const std::string id = begin_campaign(past, 3);
  std::vector<Task> tasks;
  REQUIRE(past.store().write([&](Writer& writer) -> Status {
    for (const std::string& task : campaign_tasks(writer, id, "", 9)) tasks.push_back(*find_task(writer, task));
    REQUIRE(tasks.size() == 3);
    RecordView record;
    record.time_ms = kEndedMs;
    complete_task(writer, record, tasks[0], "reached");
    Task under_way = tasks[1];
    under_way.status = TaskStatus::in_progress;
    under_way.attempts = 1;
    put_task(writer, under_way);
    campaign_task_moved(writer, under_way, &tasks[1], kEndedMs);
    put_position(writer, past.log().last_seq() + 9);
    return writer.status();
  }));
  StoppedEngine stopped(past, StoppedEngine::As::it_is);
  auto summary = expect(stopped.rebuild(kProjectRules, {}, true));
  CHECK(warns_of(summary, "1 tasks are canceled"));
  CHECK(warns_of(summary, "1 campaigns that ran are paused"));
  auto state = stopped.state();
  auto reader = expect(state->read());
  const auto campaign = find_campaign(*reader, id);
  REQUIRE(campaign);
  CHECK(campaign->status == CampaignStatus::paused);
  std::map<std::string, int64_t> counted{{"in_progress", 0}};
  for (const std::string& task : campaign_tasks(*reader, id, "", 9)) ++counted[name(find_task(*reader, task)->status)];
  CHECK(counted ==
        std::map<std::string, int64_t>{{"completed", 1}, {"canceled", 1}, {"scheduled", 1}, {"in_progress", 0}});
  CHECK(campaign->counts == counted);
  CHECK_FALSE(find_timer(*reader, "hookswitch.task/" + tasks[0].id));
  CHECK_FALSE(find_timer(*reader, "hookswitch.task/" + tasks[1].id));
  CHECK(find_timer(*reader, "hookswitch.task/" + tasks[2].id));
}

TEST_CASE("an action that was being sent when a log's end was lost is not sent again", "[rebuild]") {
  TempDir rules;
  rules.write("ring.lua",
              "return { name = 'ring', on = 'call.ended', handle = function(event, ctx)\n"
              "ctx.action:call { to = '+13105551234', source = 'elevenlabs' } end }");
  Past past(rules.path());
  past.deliver("twilio", "status", twilio_end("CA1"));
  past.settle();
  std::string id;
  REQUIRE(past.store().write([&](Writer& writer) -> Status {
    id = json_text(expect(action_page(writer, {}, "", 9)).rows.at(0), "id");
    Action action = *find_action(writer, id);
    action.status = ActionStatus::sending;
    put_action(writer, action);
    put_position(writer, past.log().last_seq() + 1);
    return writer.status();
  }));
  StoppedEngine stopped(past, StoppedEngine::As::it_is);
  expect(stopped.rebuild(rules.path(), {}, true));
  CHECK(find_action(*expect(stopped.state()->read()), id)->status == ActionStatus::held);
}

TEST_CASE("whoever asked to be called again may be called after a rebuild of a trimmed log", "[rebuild]") {
  Past past;
  past.settle();
  const bool lifted = GENERATE(false, true);
  REQUIRE(past.store().write([&](Writer& writer) -> Status {
    put_suppression(writer, {.phone = "+14155550001", .created_ms = kEndedMs - 9});
    if (lifted) remove_suppression(writer, "+14155550001", "");
    return writer.status();
  }));
  StoppedEngine stopped(past);
  TempDir other;
  ManualClock clock(kEndedMs);
  auto log = trimmed_log(other, clock);
  stopped.without_state = true;  // it has processed nothing yet
  expect(stopped.rebuild(kProjectRules, {}, true, log.get()));
  auto state = stopped.state();
  CHECK(find_suppression(*expect(state->read()), "+14155550001", "", kEndedMs).has_value() == !lifted);
}

TEST_CASE("a rebuild tells of tasks that were open and of campaigns that had not ended, and are gone", "[rebuild]") {
  TempDir rules;
  rules.write("again.lua",
              "return { name = 'again', on = 'call.ended', handle = function(event, ctx)\n"
              "ctx.tasks:schedule { key = 'k', to = '+13105551234', due_at = ctx.now + 86400000 } end }");
  Past past(rules.path());
  past.clock().set_ms(kEndedMs);
  past.deliver("twilio", "status", twilio_end("CA1"));
  past.settle();
  REQUIRE(past.store().write([](Writer& writer) -> Status {
    Campaign campaign;
    campaign.id = "cmp_1";
    put_campaign(writer, campaign);
    return writer.status();
  }));
  StoppedEngine stopped(past);
  auto summary = expect(stopped.rebuild());
  CHECK(warns_of(summary, "1 tasks that were open are gone"));
  CHECK(warns_of(summary, "1 campaigns that had not ended are gone"));
}

TEST_CASE("a task that had ended unattempted and is asked for again by a rebuild says so", "[rebuild]") {
  TempDir rules;
  rules.write("again.lua",
              "return { name = 'again', on = 'call.ended', handle = function(event, ctx)\n"
              "ctx.tasks:schedule { key = 'k', to = '+13105551234', due_at = ctx.now + 86400000 } end }");
  Past past(rules.path());
  past.clock().set_ms(kEndedMs);
  past.deliver("twilio", "status", twilio_end("CA1"));
  past.settle();
  const std::string id = task_id_of("B2/L1", "k");
  REQUIRE(past.store().write([&](Writer& writer) -> Status {
    Task task = *find_task(writer, id);
    task.status = TaskStatus::failed;
    task.code = "expired";
    put_task(writer, task);
    return writer.status();
  }));
  StoppedEngine stopped(past, StoppedEngine::As::it_is);
  expect(stopped.rebuild(rules.path()));
  auto state = stopped.state();
  const Task task = *find_task(*expect(state->read()), id);
  CHECK(task.status == TaskStatus::canceled);
  CHECK(task.reason.find("had ended before") != std::string::npos);
}

TEST_CASE("a task that was attempted is not begun anew by a rebuild, and keeps its key for ever", "[rebuild]") {
  TempDir rules;
  rules.write("again.lua",
              "return { name = 'again', on = 'call.ended', handle = function(event, ctx)\n"
              "ctx.tasks:schedule { key = 'k', to = '+13105551234', due_at = ctx.now + 86400000 } end }");
  const bool made_again = GENERATE(true, false);
  const auto status = GENERATE(TaskStatus::scheduled, TaskStatus::in_progress, TaskStatus::completed);
  Past past(rules.path());
  past.clock().set_ms(kEndedMs);
  past.deliver("twilio", "status", twilio_end("CA1"));
  past.settle();
  Task task;
  REQUIRE(past.store().write([&](Writer& writer) -> Status {
    task = *find_task(writer, task_id_of("B2/L1", "k"));
    task.status = status;
    task.attempts = 1;
    task.history = {{kEndedMs, "axn_1", "call_1", "", "", 0}};
    put_task(writer, task);
    return writer.status();
  }));
  StoppedEngine stopped(past, StoppedEngine::As::it_is);
  const bool ended = is_final(status);
  auto summary = expect(stopped.rebuild(made_again ? rules.path() : kProjectRules));
  CHECK(warns_of(summary, ended ? "1 tasks that had ended are kept" : "1 tasks are canceled: they had attempts"));
  auto state = stopped.state();
  const Task kept = *find_task(*expect(state->read()), task.id);
  CHECK(kept.status == (ended ? TaskStatus::completed : TaskStatus::canceled));
  CHECK(kept.history.size() == 1);
  if (ended) CHECK(kept.to_json() == task.to_json());
  REQUIRE(state->write([&](Writer& writer) -> Status {
    const Json wish{{"key", "k"}, {"to", "+13105551234"}, {"due_at", kEndedMs}};
    CHECK(schedule_task(writer, wish, {"B2/L1", "again", kEndedMs}, {}).status == kept.status);
    return writer.status();
  }));
  CHECK_FALSE(find_timer(*expect(state->read()), "hookswitch.task/" + task.id));
  state.reset();
  CHECK(expect(stopped.rebuild(kProjectRules)).warnings.size() == 1);  // and it stays so
  CHECK(find_task(*expect(stopped.state()->read()), task.id)->to_json() == kept.to_json());
}

TEST_CASE("of a campaign that a rebuild sets back nobody is rung anew, and it waits for a person", "[rebuild]") {
  Past past;
  const std::string id = begin_campaign(past, 3);
  std::vector<Task> tasks;
  REQUIRE(past.store().write([&](Writer& writer) -> Status {
    for (const std::string& task : campaign_tasks(writer, id, "", 9)) {
      tasks.push_back(*find_task(writer, task));
      if (tasks.size() > 2) break;
      Task rung = tasks.back();
      rung.status = tasks.size() == 1 ? TaskStatus::completed : TaskStatus::in_progress;
      rung.attempts = 1;
      put_task(writer, rung);
      campaign_task_moved(writer, rung, &tasks.back(), kEndedMs);
    }
    return writer.status();
  }));
  StoppedEngine stopped(past, StoppedEngine::As::it_is);
  auto summary = expect(stopped.rebuild());
  CHECK(warns_of(summary, "1 tasks that had ended are kept"));
  CHECK(warns_of(summary, "1 tasks are canceled: they had attempts"));
  CHECK(warns_of(summary, "1 campaigns of such tasks are paused"));
  auto state = stopped.state();
  auto reader = expect(state->read());
  const auto campaign = find_campaign(*reader, id);
  CHECK(campaign->status == CampaignStatus::paused);
  CHECK(campaign->count("completed") == 1);
  CHECK(campaign->count("canceled") == 1);
  CHECK(campaign->open() == 1);
  CHECK(find_task(*reader, tasks[0].id)->status == TaskStatus::completed);
  CHECK(find_task(*reader, tasks[1].id)->status == TaskStatus::canceled);
  CHECK(find_task(*reader, tasks[2].id)->to_json() == tasks[2].to_json());
}

TEST_CASE("a campaign that had come further than a rebuild brings it is paused", "[rebuild]") {
  Past past;
  const std::string id = begin_campaign(past, 2);
  REQUIRE(past.store().write([&](Writer& writer) -> Status {
    auto campaign = *find_campaign(writer, id);
    campaign.total = campaign.next = 3;
    put_campaign(writer, campaign);
    return writer.status();
  }));
  StoppedEngine stopped(past, StoppedEngine::As::it_is);
  CHECK(warns_of(expect(stopped.rebuild()), "1 campaigns that did not run, or had come further, are paused"));
  CHECK(find_campaign(*expect(stopped.state()->read()), id)->status == CampaignStatus::paused);
}

TEST_CASE("a state that cannot be read does not keep the log from making it anew", "[rebuild]") {
  Past past;
  past.deliver("twilio", "status", twilio_end("CA1"));
  StoppedEngine stopped(past);
  std::ofstream(state_dir(stopped.dir()) + "/data.mdb") << "this is no state";
  auto summary = stopped.rebuild();
  REQUIRE(summary);
  CHECK(summary->warnings.size() == 2);
  CHECK(read_file(stopped.set_aside() + "/data.mdb") == "this is no state");
  CHECK(summary->feed_restarted);
  CHECK(rows(*stopped.state(), Table::calls) == 1);
}

TEST_CASE("a state that cannot be read and may be whole is done without only by a person's word", "[rebuild]") {
  Past past;
  past.deliver("twilio", "status", twilio_end("CA1"));
  StoppedEngine stopped(past);
  REQUIRE(stopped.state()->write([](Writer& writer) {
    std::string format(writer.get(Table::meta, "format").value_or(""));
    format.at(0) = 99;
    writer.put(Table::meta, "format", format);
    return writer.status();
  }));
  const bool partial = GENERATE(false, true);
  const std::string before = read_file(state_dir(stopped.dir()) + "/data.mdb");
  auto refused = stopped.rebuild(kProjectRules, {}, partial);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.contains("found format version 99"));
  CHECK(refused.error().message.contains("--without-state"));
  CHECK(read_file(state_dir(stopped.dir()) + "/data.mdb") == before);

  stopped.without_state = true;
  auto summary = expect(stopped.rebuild(kProjectRules, {}, partial));
  CHECK(warns_of(summary, "format version 99"));
  CHECK(warns_of(summary, stopped.set_aside()));
  CHECK(rows(*stopped.state(), Table::calls) == 1);
  CHECK(read_file(stopped.set_aside() + "/data.mdb") == before);
}

TEST_CASE("of a trimmed log --partial makes nothing without the state that knows the rest", "[rebuild]") {
  Past past;
  past.deliver("twilio", "status", twilio_end("CA1"));
  StoppedEngine stopped(past);
  TempDir other;
  ManualClock clock(kEndedMs);
  auto log = trimmed_log(other, clock);
  const std::string file = state_dir(stopped.dir()) + "/data.mdb";
  SECTION("it is damaged") { std::ofstream(file) << "this is no state"; }
  SECTION("it is gone") { fs::remove_all(state_dir(stopped.dir())); }
  SECTION("it is a new one, made by a start") {
    fs::remove_all(state_dir(stopped.dir()));
    stopped.state();
  }
  auto refused = stopped.rebuild(kProjectRules, {}, true, log.get());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.contains("do-not-call"));
  stopped.without_state = true;
  expect(stopped.rebuild(kProjectRules, {}, true, log.get()));
  CHECK(read_position(*expect(stopped.state()->read())) == 3);
}

TEST_CASE("a body that is kept from a rebuild ends it, one that is gone is a dead letter", "[rebuild]") {
  Past past;
  past.deliver("twilio", "status", twilio_end("CA1"));
  auto blobs = expect(Blobs::open(past.dir().path() + "/blobs"));
  auto writer = expect(blobs->create());
  REQUIRE(writer->write("a large body"));
  NewRecord record{.time_ms = kEndedMs, .source = "twilio", .blob = expect(writer->finish()), .blob_bytes = 12};
  const std::string file = blob_path(past.dir().path() + "/blobs", record.blob);
  const uint64_t seq = expect(past.log().append_and_wait(std::move(record)));
  StoppedEngine stopped(past);
  stopped.blobs = blobs.get();
  fs::remove(file);
  const bool kept_from = GENERATE(false, true);
  if (kept_from) fs::create_symlink(fs::path(file).filename(), file);  // opens for nobody, like one of somebody else
  auto summary = stopped.rebuild();
  if (!kept_from) {
    CHECK(expect(std::move(summary)).dead == 1);
    return;
  }
  REQUIRE_FALSE(summary);
  CHECK(summary.error().message.contains(fmt::format("the body of record {} cannot be opened", seq)));
  CHECK(differing_rows(past.store(), *stopped.state()) == Lines{});
}

TEST_CASE("a crash in the middle of the swap leaves a whole state in place", "[rebuild]") {
  TempDir data;
  auto make = [&](const std::string& name, bool plan) {
    data.write(name + "/data.mdb", name);
    if (plan) data.write(name + "/rebuild.plan", "rules");
  };
  auto in_place = [&] { return read_file(state_dir(data.path()) + "/data.mdb"); };
  SECTION("before it: the present state stays, and the rebuild can go on") {
    make("state", false);
    make("state.rebuild", true);
    REQUIRE(settle_state(data.path()));
    CHECK(in_place() == "state");
    CHECK(read_plan(data.path()) == "rules");
  }
  SECTION("after the exchange: the old one is removed") {
    make("state", true);
    make("state.rebuild", false);
    REQUIRE(settle_state(data.path()));
    CHECK(in_place() == "state");
    CHECK(!fs::exists(rebuild_dir(data.path())));
    CHECK(!fs::exists(state_dir(data.path()) + "/rebuild.plan"));
  }
  SECTION("between two moves: the old one comes back") {
    make("state.old", false);
    make("state.rebuild", true);
    REQUIRE(settle_state(data.path()));
    CHECK(in_place() == "state.old");
    CHECK(read_plan(data.path()) == "rules");
  }
  SECTION("after two moves: the old one is removed") {
    make("state", true);
    make("state.old", false);
    REQUIRE(settle_state(data.path()));
    CHECK(in_place() == "state");
    CHECK(!fs::exists(data.path() + "/state.old"));
  }
  SECTION("the swap itself puts the new one in place") {
    make("state", false);
    make("state.rebuild", true);
    REQUIRE(swap_state(data.path()));
    CHECK(in_place() == "state.rebuild");
    CHECK(std::distance(fs::directory_iterator(data.path()), {}) == 1);
  }
  SECTION("where there was no state, too") {
    make("state.rebuild", true);
    REQUIRE(swap_state(data.path()));
    CHECK(in_place() == "state.rebuild");
  }
}

TEST_CASE("a rebuild that root began can be removed by whom the data directory belongs to", "[rebuild]") {
  constexpr uid_t kSomebody = 4711;
  TempDir data;
  if (::chown(data.path().c_str(), kSomebody, kSomebody) != 0) return;  // only root may
  REQUIRE(begin_plan(data.path(), "rules"));
  for (const std::string& made : {rebuild_dir(data.path()), rebuild_dir(data.path()) + "/rebuild.plan"}) {
    struct stat status{};
    REQUIRE(::stat(made.c_str(), &status) == 0);
    CHECK(status.st_uid == kSomebody);
  }
}

TEST_CASE("a rebuild by rules that would have called people in the past calls nobody", "[rebuild]") {
  TempDir rules;
  Past past;
  past.clock().set_ms(kEndedMs);
  past.deliver("elevenlabs", "", conversation("conv_1", "resolved"));
  StoppedEngine engine(past);
  fs::copy(kProjectRules, rules.path(), fs::copy_options::recursive);
  rules.write("eager.lua",
              "return { name = 'eager', on = 'conversation.ended', handle = function(event, ctx)\n"
              "ctx.action:call { to = '+13105551234', source = 'elevenlabs' }\n"
              "ctx.tasks:schedule { key = 'again', to = '+13105551234', due_at = ctx.now + 60000 } end }");
  auto summary = expect(engine.rebuild(rules.path()));
  CHECK(summary.warnings.size() == 2);
  auto state = engine.state();
  auto reader = expect(state->read());
  auto actions = expect(action_page(*reader, {.type = "call"}, "", 10)).rows;
  REQUIRE(actions.size() == 1);
  CHECK(actions[0]["status"] == "held");
  auto tasks = expect(task_page(*reader, {}, "", 10)).rows;
  REQUIRE(tasks.size() == 1);
  CHECK(tasks[0]["status"] == "canceled");
  CHECK(count_timers(*reader) == 0);
}

}  // namespace hookswitch::test
