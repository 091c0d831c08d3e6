// What an erasure leaves is the same in the state that was there and in the one that is made anew of the log.
#include "engine/base/time_text.h"
#include "engine/state/actions.h"
#include "engine/state/calls.h"
#include "engine/state/campaigns.h"
#include "engine/state/dead.h"
#include "engine/state/tasks.h"
#include "engine/state/timers.h"
#include "engine/workbench/table_walk.h"
#include "tests/unit/workbench/stopped_engine.h"

namespace hookswitch::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kErased = "+40722987654";

/// The number of the erased in any row, or in what the log says.
bool is_named(Past& past, Store& store) {
  bool found = false;
  auto look = [&](std::string_view bytes) { found = found || bytes.find(kErased + 1) != bytes.npos; };
  auto reader = expect(store.read());
  for (size_t i = 0; i < static_cast<size_t>(Table::count_); ++i) {
    reader->scan(static_cast<Table>(i), "", Direction::forward, [&](std::string_view key, std::string_view value) {
      look(key);
      look(value);
      return true;
    });
  }
  REQUIRE(past.log().read(1, 1'000, [&](const RecordView& record) {
    look(record.body);
    look(record.header_block);
    return true;
  }));
  return found;
}

/// Rows of these tables that the rebuilt state has otherwise.
Lines differing(Store& one, Store& other) {
  auto before = expect(one.read());
  auto after = expect(other.read());
  Lines out;
  for (Table table : {Table::calls, Table::call_ids, Table::call_index, Table::transcripts, Table::actions,
                      Table::activity, Table::campaigns, Table::contacts, Table::tasks, Table::dead}) {
    REQUIRE(walk_differences({*before, *after}, table, "", [&](const RowDifference& row) {
      out.push_back(fmt::format("{} {}: {} / {}", name(table), row.key, row.before.value_or("none"),
                                row.after.value_or("none")));
    }));
  }
  return out;
}

/// Rules that ring somebody after each conversation and tell what was said in it.
void ring_after_conversations(Past& past, const TempDir& rules) {
  fs::copy(kProjectRules, rules.path(), fs::copy_options::recursive);
  rules.write("ring.lua",
              "return { name = 'ring', on = 'conversation.ended', handle = function(event, ctx)\n"
              "ctx.action:call { to = '+13105551234', source = 'elevenlabs' }\n"
              "ctx.activity:add { kind = 'said', title = event.data.transcript[1].message } end }");
  past.use_rules(rules.path());
  past.clock().set_ms(kEndedMs);
}

void tell_of_result(Past& past, const std::string& action, const char* what, const std::string& body = "") {
  NewRecord record;
  record.kind = RecordKind::result;
  record.time_ms = past.clock().now_ms();
  record.source = find_action(*expect(past.store().read()), action)->source;
  record.headers = {{":name", what}, {":action", action}, {":attempt", "1"}, {":status", "200"}};
  record.body = body;
  REQUIRE(past.log().append_and_wait(std::move(record)));
}

/// Every action that waits is sent, and its call is placed.
void place_calls(Past& past) {
  past.settle();
  Lines ids;
  for (const Json& row : expect(action_page(*expect(past.store().read()), {.status = "waiting"}, "", 9)).rows)
    ids.push_back(json_text(row, "id"));
  for (const std::string& id : ids) {
    tell_of_result(past, id, "claim");
    tell_of_result(past, id, "answer",
                   dump(Json{{"success", true}, {"conversation_id", "conv_of_" + id}, {"callSid", "CA_of_" + id}}));
  }
  past.settle();
  for (const std::string& id : ids) {
    auto action = find_action(*expect(past.store().read()), id);
    INFO(dump(action->to_json()));
    REQUIRE(action->status == ActionStatus::done);
  }
}

}  // namespace

TEST_CASE("others' calls that speak of an erased person stay without the number, also in a rebuild", "[rebuild]") {
  TempDir rules;
  Past past;
  ring_after_conversations(past, rules);
  std::string said = conversation("conv_other", "resolved");
  const std::string word = "my wife has 0040722987654";
  past.deliver("elevenlabs", "", said.replace(said.find("Hello"), 5, word));
  past.command("call.create", {{"tenant", "B1/L1"},
                               {"source", "elevenlabs"},
                               {"params", {{"to", "+13105551235"}, {"variables", {{"about", kErased}}}}}});
  place_calls(past);
  REQUIRE(past.state()["calls"].size() == 3);
  erase_phone(past, kErased);
  CHECK_FALSE(is_named(past, past.store()));
  CHECK(past.state()["calls"].size() == 3);
  StoppedEngine stopped(past);
  auto summary = expect(stopped.rebuild(rules.path()));
  CHECK(summary.warnings == Lines{});
  CHECK(summary.dead == 0);
  auto rebuilt = stopped.state();
  CHECK(differing(past.store(), *rebuilt) == Lines{});
  CHECK_FALSE(is_named(past, *rebuilt));
}

TEST_CASE("an erasure that was cut short in the log is not taken for done by a rebuild", "[rebuild]") {
  Past past;
  past.command("erasure.start", {{"phone", kErased}});
  const auto open = [&] { return unfinished_erasures(*expect(past.store().read())); };
  REQUIRE(eventually([&] {
    past.clock().advance_ms(1'000);
    past.log().wake();
    return open().size() == 1 && open()[0].status == ErasureStatus::log;
  }));
  auto blobs = Blobs::open(past.dir().path() + "/blobs");
  Erasures erasures({.log = past.log(),
                     .store = past.store(),
                     .blobs = **blobs,
                     .decoder = past.decoder(),
                     .directory = past.directory(),
                     .clock = past.clock(),
                     .position = [&] { return past.processor().status().position; },
                     .forget_refusals = [](const auto&) -> Result<uint64_t> { return fail(Code::io, "read them"); }});
  REQUIRE_FALSE(erasures.carry_out(open().at(0)));
  StoppedEngine stopped(past);
  expect(stopped.rebuild());
  CHECK(unfinished_erasures(*expect(stopped.state()->read())).size() == 1);
}

TEST_CASE("a record that names an erased person's call by an id it once had is erased with it", "[rebuild]") {
  Past past;
  std::string theirs = conversation("conv_theirs_0001", "resolved");
  past.deliver("elevenlabs", "", theirs.replace(theirs.find("+40721000000"), 12, kErased));
  const std::string id = past.state()["calls"].at(0)["id"], old_id = "call_0123456789abcdef01234567";
  REQUIRE(past.store().write([&](Writer& writer) { return rename_call(writer, old_id, id); }));
  NewRecord record;
  record.kind = RecordKind::result;
  record.time_ms = past.clock().now_ms();
  record.source = "elevenlabs";
  record.headers = {{":name", "recording"}, {":call", old_id}, {":error", "not there yet"}};
  const uint64_t seq = expect(past.log().append_and_wait(std::move(record)));
  erase_phone(past, kErased);
  CHECK(past.state()["calls"].empty());
  REQUIRE(past.log().read(seq, 1, [&](const RecordView& left) {
    CHECK(left.erased);
    return true;
  }));
}

TEST_CASE("what was recorded of a leg alone is erased with the call that dialled, however it was told", "[rebuild]") {
  const std::string call = "CA00000000000000000000000000000001", leg = "CA00000000000000000000000000000002",
                    other = "CA00000000000000000000000000000003";
  const std::vector<std::pair<const char*, std::string>> told{
      {"status", "CallSid=" + call + "&CallStatus=completed&Direction=inbound&From=%2B40722987654&To=%2B14155550199"},
      {"status", "CallSid=" + leg + "&ParentCallSid=" + call +
                     "&CallStatus=completed&Direction=outbound-dial&From=%2B14155550199&To=%2B13105551234"},
      {"recording", "CallSid=" + leg + "&RecordingSid=RE1&RecordingStatus=completed"}};
  std::vector<size_t> order{0, 1, 2};
  do {
    INFO(order[0] << order[1] << order[2]);
    Past past;
    for (size_t n : order) past.deliver("twilio", told[n].first, told[n].second);
    past.deliver("twilio", "recording", "CallSid=" + other + "&RecordingSid=RE2&RecordingStatus=completed");
    REQUIRE(past.state()["calls"].size() == 3);
    erase_phone(past, kErased);
    CHECK(past.call(leg).is_null());
    CHECK(past.call(other).is_object());
    CHECK(expect(past.store().read())->count(Table::calls) == 1);
    REQUIRE(past.log().read(1, told.size(), [&](const RecordView& left) {
      CHECK(left.erased);
      return true;
    }));
    StoppedEngine stopped(past);
    expect(stopped.rebuild());
    CHECK(differing(past.store(), *stopped.state()) == Lines{});
  } while (std::ranges::next_permutation(order).found);
}

TEST_CASE("a call of nobody's tenant is erased by its number as it is dialled at home in a country", "[rebuild]") {
  Past past;
  const auto tell = [&](const std::string& id, const std::string& agent, const std::string& number) {
    std::string said = conversation(id, "resolved");
    said.replace(said.find("+40721000000"), 12, number);
    past.deliver("elevenlabs", "", said.replace(said.find("xyz"), 3, agent));
  };
  const auto all = [&] { return past.state()["calls"].size(); };
  tell("conv_theirs_0001", "strange", "0722987654");
  tell("conv_theirs_0002", "strange", "722 987 654");
  tell("conv_theirs_0003", "xyz", "0722987654");
  tell("conv_others_0001", "strange", "0722987655");
  REQUIRE(all() == 4);
  erase_phone(past, kErased);
  CHECK(all() == 1);
  CHECK(past.call("conv_others_0001").is_object());
  StoppedEngine stopped(past);
  expect(stopped.rebuild());
  CHECK(differing(past.store(), *stopped.state()) == Lines{});
}

TEST_CASE("a number that is another's in the country of the call's tenant is not erased", "[rebuild]") {
  Past past;
  std::string said = conversation("conv_others_0001", "resolved");
  past.deliver("elevenlabs", "", said.replace(said.find("+40721000000"), 12, "3102001234"));
  REQUIRE(past.state()["calls"].at(0)["tenant"] == "B1/L1");
  erase_phone(past, "+13102001234");
  CHECK(past.call("conv_others_0001").is_object());
}

TEST_CASE("whom rules rang because of an erased person's call stays rung, also in a rebuild", "[rebuild]") {
  TempDir rules;
  Past past;
  ring_after_conversations(past, rules);
  std::string theirs = conversation("conv_theirs_0001", "resolved");
  past.deliver("elevenlabs", "", theirs.replace(theirs.find("+40721000000"), 12, kErased));
  place_calls(past);
  REQUIRE(past.state()["calls"].size() == 2);
  erase_phone(past, kErased);
  CHECK_FALSE(is_named(past, past.store()));
  CHECK(past.state()["calls"].size() == 1);
  StoppedEngine stopped(past);
  auto summary = expect(stopped.rebuild(rules.path()));
  CHECK(summary.warnings == Lines{});
  CHECK(summary.dead == 0);
  CHECK(differing(past.store(), *stopped.state()) == Lines{});
}

TEST_CASE("what nobody's calls, tasks and campaigns say of a tenant's contact is erased with it for ever", "[rebuild]") {
  Past past;
  past.clock().set_ms(kEndedMs);
  past.command("contact.put", {{"id", "c1"}, {"row", {{"tenant", "B2/L1"}, {"phones", {"+13105551234"}}}}});
  past.command("call.create", {{"source", "elevenlabs"}, {"params", {{"contact_id", "c1"}}}});
  place_calls(past);
  REQUIRE(past.state()["calls"].size() == 1);
  CHECK(past.state()["calls"][0]["tenant"] == "B2/L1");
  const std::string tomorrow = rfc3339(kEndedMs + 24 * 60 * kMinute);
  past.command("task.create", {{"wish", {{"contact_id", "c1"}, {"due_at", tomorrow}, {"source", "elevenlabs"}}}});
  past.command("campaign.create", {{"name", "all"},
                                   {"paused", true},
                                   {"task", {{"due_at", tomorrow}, {"source", "elevenlabs"}}},
                                   {"people", {{{"contact_id", "c1"}}, {{"contact_id", "of_nobody"}}}}});
  past.settle();
  erase(past, {{"erase_tenant", "B2/L1"}, {"of", "tenant"}});
  CHECK(past.state()["calls"].empty());
  CHECK(expect(task_page(*expect(past.store().read()), {}, "", 9)).rows.empty());
  bool asked = false;
  REQUIRE(past.log().read(1, 100, [&](const RecordView& record) {
    asked = asked || record.body.find(R"("c1")") != record.body.npos;
    return true;
  }));
  CHECK_FALSE(asked);
  StoppedEngine stopped(past);
  CHECK(expect(stopped.rebuild()).dead == 0);
  CHECK(differing(past.store(), *stopped.state()) == Lines{});
}

TEST_CASE("a campaign's name does not keep an erased person's number, and a rebuild keeps the campaign", "[rebuild]") {
  Past past;
  past.clock().set_ms(kEndedMs);
  past.command("campaign.create", {{"name", std::string("win back ") + kErased},
                                   {"tenant", "B1/L1"},
                                   {"paused", true},
                                   {"task", {{"due_at", rfc3339(kEndedMs + 24 * 60 * kMinute)}}},
                                   {"people", {{{"to", kErased}}, {{"to", "+13105551234"}}}}});
  past.settle();
  const std::string id = json_text(expect(campaign_page(*expect(past.store().read()), "", "", 9)).rows.at(0), "id");
  past.command("campaign.change", {{"id", id}, {"name", std::string("win back ") + kErased}, {"per_minute", 7}});
  erase_phone(past, kErased);
  auto campaign = find_campaign(*expect(past.store().read()), id);
  CHECK(campaign->name == "win back +99999999999");
  CHECK_FALSE(is_named(past, past.store()));
  StoppedEngine stopped(past);
  expect(stopped.rebuild());
  CHECK(differing(past.store(), *stopped.state()) == Lines{});
  CHECK(find_campaign(*expect(stopped.state()->read()), id)->per_minute == 7);
}

TEST_CASE("those behind an erased person of a campaign keep their calls in a rebuild", "[rebuild]") {
  const int erased = GENERATE(0, 1, 4);
  Past past;
  past.clock().set_ms(kEndedMs);
  Json list = Json::array();
  for (int n = 0; n < 6; ++n) list.push_back({{"to", n == erased ? kErased : fmt::format("+1310555123{}", n)}});
  past.command("campaign.create", {{"name", "spring"},
                                   {"tenant", "B1/L1"},
                                   {"source", "elevenlabs"},
                                   {"per_minute", 120},
                                   {"concurrency", 50},
                                   {"task", {{"window", "any"}}},
                                   {"people", std::move(list)}});
  const auto tasks = [](Store& store) {
    return expect(task_page(*expect(store.read()), {.status = "in_progress"}, "", 9)).rows;
  };
  REQUIRE(eventually([&] {
    past.clock().advance_ms(100);
    past.log().wake();
    past.settle();
    return tasks(past.store()).size() == 6;
  }));
  place_calls(past);
  erase_phone(past, kErased);
  REQUIRE(tasks(past.store()).size() == 5);
  StoppedEngine stopped(past);
  CHECK(expect(stopped.rebuild()).warnings == Lines{});
  auto rebuilt = stopped.state();
  CHECK(tasks(*rebuilt).size() == 5);
  CHECK(expect(rebuilt->read())->count(Table::calls) == 5);
  CHECK(expect(rebuilt->read())->count(Table::suppressions) == expect(past.store().read())->count(Table::suppressions));
  Lines others = differing(past.store(), *rebuilt);
  // The campaign had counted the erased one too.
  std::erase_if(others, [](const std::string& line) { return line.starts_with("campaigns c"); });
  if (erased != 0) CHECK(others == Lines{});  // with nobody before them, one comes by a slot sooner
}

namespace {

/// The clock goes on, and what is due is done.
void pass_half_a_second(Past& past) {
  past.clock().advance_ms(500);
  past.log().wake();
  REQUIRE(eventually([&] {
    past.settle();
    return next_due_ms(*expect(past.store().read())).value_or(INT64_MAX) > past.clock().now_ms();
  }));
}

/// Every message that waits is sent.
void send_messages(Past& past) {
  for (const Json& row : expect(action_page(*expect(past.store().read()), {.status = "waiting"}, "", 99)).rows) {
    const std::string id = json_text(row, "id");
    tell_of_result(past, id, "claim");
    tell_of_result(past, id, "answer", dump(Json{{"sid", "SM_of_" + id}}));
  }
  past.settle();
}

}  // namespace

TEST_CASE("those who waited for the morning behind an erased person keep their messages in a rebuild", "[rebuild]") {
  const int erased = GENERATE(0, 25);
  constexpr int kPeople = 60;
  Past past;
  past.clock().set_ms(kEndedMs);  // in the evening
  Json list = Json::array();
  for (int n = 0; n < kPeople; ++n)
    list.push_back({{"to", n == erased ? kErased : fmt::format("+40721555{:03}", n)}});
  const Json window{{"days", "mon-sun"}, {"from", "09:00"}, {"to", "20:00"}};
  past.command("campaign.create",
               {{"name", "spring"},
                {"tenant", "B1/L1"},
                {"per_minute", 60},
                {"concurrency", 2},
                {"task", {{"window", window}, {"channel", "sms"}, {"source", "twilio"}, {"body", "Hi"}}},
                {"people", std::move(list)}});
  const auto tasks = [](Store& store, const char* status) {
    return expect(task_page(*expect(store.read()), {.status = status}, "", 100)).rows.size();
  };
  for (int turn = 0; turn < 20; ++turn) pass_half_a_second(past);
  REQUIRE(tasks(past.store(), "scheduled") == kPeople);
  past.clock().set_ms(kEndedMs + 645 * kMinute);  // in the morning
  for (int turn = 0; turn < 200; ++turn) {
    pass_half_a_second(past);
    send_messages(past);
  }
  REQUIRE(tasks(past.store(), "completed") == kPeople);
  erase_phone(past, kErased);
  StoppedEngine stopped(past);
  CHECK(expect(stopped.rebuild()).warnings == Lines{});
  CHECK(tasks(*stopped.state(), "completed") == kPeople - 1);
}

}  // namespace hookswitch::test
