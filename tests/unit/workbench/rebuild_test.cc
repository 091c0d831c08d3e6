// The state made anew from the log is the state that was there, and takes its place whole or not at all.
#include "engine/workbench/rebuild.h"

#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "engine/base/hash.h"
#include "engine/state/actions.h"
#include "engine/state/changes.h"
#include "engine/state/position.h"
#include "engine/state/recordings.h"
#include "engine/state/tasks.h"
#include "engine/state/timers.h"
#include "engine/state/tokens.h"
#include "engine/workbench/state_swap.h"
#include "engine/workbench/table_walk.h"
#include "tests/unit/workbench/replay_fixture.h"

namespace hookswitch::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kProjectRules = HOOKSWITCH_SOURCE_DIR "/rules";
constexpr int64_t kMinute = 60'000;

template <class T>
T expect(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

/// A data directory with a copy of an engine's state, beside that engine's log.
class StoppedEngine {
 public:
  explicit StoppedEngine(Past& past) : past_(past) {
    past.settle();
    fs::create_directory(state_dir(dir_.path()));
    auto copied = past.store().copy_to(state_dir(dir_.path()));
    if (!copied) throw std::runtime_error(copied.error().message);
  }

  Result<RebuildSummary> rebuild(const std::string& rules_dir = kProjectRules, const Rebuild::GoOn& go_on = {},
                                 bool partial = false, const Log* log = nullptr) {
    auto rules = expect(RuleSet::load(rules_dir, {}));
    Rebuild::Parts parts{.log = log != nullptr ? *log : past_.log(),
                         .decoder = past_.decoder(),
                         .directory = past_.directory(),
                         .rules = *rules,
                         .clock = past_.clock(),
                         .data_dir = dir_.path(),
                         .made_by = "test",
                         .partial = partial};
    return Rebuild(std::move(parts)).run(go_on);
  }

  std::unique_ptr<Store> state() { return expect(Store::open({.dir = state_dir(dir_.path())}, past_.clock())); }
  const std::string& dir() const { return dir_.path(); }

 private:
  Past& past_;
  TempDir dir_;
};

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
  LogOptions options{
      .dir = other.path() + "/log", .blob_dir = other.path() + "/blobs", .keep_ms = 1, .extend_bytes = 0};
  auto log = expect(Log::open(options, clock));
  for (int i = 0; i < 3; ++i) {
    NewRecord record;
    record.time_ms = kEndedMs + i * kMinute;
    record.source = "twilio";
    record.headers = {{":kind", "status"}, {"content-type", "application/x-www-form-urlencoded"}};
    record.body = twilio_end(fmt::format("CB{}", i));
    REQUIRE(log->append_and_wait(std::move(record)));
  }
  clock.set_ms(kEndedMs + 2 * kMinute);
  log->keep_from(4);
  while (expect(log->trim_step())) {
  }
  log->stop();
  REQUIRE(log->stats().first_seq == 3);

  auto refused = stopped.rebuild(kProjectRules, {}, false, log.get());
  REQUIRE(!refused);
  CHECK(refused.error().code == Code::conflict);
  CHECK(refused.error().message.find("record 3") != std::string::npos);
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

TEST_CASE("a state that cannot be read does not keep the log from making it anew", "[rebuild]") {
  Past past;
  past.deliver("twilio", "status", twilio_end("CA1"));
  StoppedEngine stopped(past);
  std::ofstream(state_dir(stopped.dir()) + "/data.mdb") << "this is no state";
  auto summary = stopped.rebuild();
  REQUIRE(summary);
  CHECK(summary->warnings.size() == 1);
  CHECK(summary->feed_restarted);
  CHECK(rows(*stopped.state(), Table::calls) == 1);
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
