// Other rules over the logged past: exactly what differs is told.
#include <fstream>

#include "engine/state/actions.h"
#include "engine/workbench/moment.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/workbench/replay_fixture.h"

namespace hookswitch::test {
namespace {

constexpr const char* kProjectRules = HOOKSWITCH_SOURCE_DIR "/rules";
constexpr int64_t kMinute = 60'000;

/// Rules of one handler for ended calls.
std::string on_ended(const TempDir& dir, const std::string& body, const std::string& more = "") {
  dir.write("rule.lua", "return { { name = 'rule', on = 'call.ended', handle = function(event, ctx)\n" + body +
                            "\nend },\n" + more + "}\n");
  return dir.path();
}

/// The project's rules with one text of one file replaced.
void change_rules(const TempDir& dir, const std::string& file, const std::string& text, const std::string& by) {
  std::filesystem::copy(kProjectRules, dir.path(), std::filesystem::copy_options::recursive);
  std::string source = read_file(dir.path() + "/" + file);
  size_t at = source.find(text);
  REQUIRE(at != std::string::npos);
  dir.write(file, source.replace(at, text.size(), by));
}

void three_ended_calls(Past& past) {
  past.clock().set_ms(kEndedMs);
  past.deliver("twilio", "status", twilio_end("CA1"), kEndedMs);
  past.deliver("twilio", "status", twilio_end("CA2", "busy"), kEndedMs + kMinute);
  past.deliver("twilio", "status", twilio_end("CA3", "completed", "%2B40000000000"), kEndedMs + 2 * kMinute);
  past.clock().set_ms(kEndedMs + 2 * kMinute);
}

}  // namespace

TEST_CASE("the same rules make no difference", "[replay]") {
  Past past;
  past.deliver("elevenlabs", "", conversation("conv_1", "appointment_booked"));
  past.deliver("elevenlabs", "", fixture("elevenlabs/post_call_transcription.full.json"));
  past.deliver("twilio", "voice", fixture("twilio/voice.inbound.form"));
  past.deliver("twilio", "status", twilio_end("CA1"));
  auto tried = past.try_rules(kProjectRules, kProjectRules);
  CHECK(tried.summary.records == 4);
  CHECK(tried.summary.calls == 4);
  CHECK(tried.summary.calls_differ == 0);
  CHECK(tried.summary.kpis.empty());
  CHECK(tried.told.empty());
}

TEST_CASE("what a replay seals differs where the rules differ, and nowhere else", "[replay]") {
  Past past;
  past.keys = Keys::make(std::string(kKeyBytes, 'k')).value();
  three_ended_calls(past);
  const std::string body = "local id = event.id ctx.timer:set { key = id, name = 'visit', after = '{}d' } "
                           "ctx.state:put('k' .. id, {}) ctx.contacts:put { id = 'c' .. id, name = 'N{}' } "
                           "ctx.tasks:schedule { key = id, to = '+14155551234', source = 'twilio', after = '9d' } ";
  auto rules = [&](const TempDir& dir, const std::string& number, const std::string& more) {
    std::string text = body;
    for (size_t at = text.find("{}"); at != std::string::npos; at = text.find("{}")) text.replace(at, 2, number);
    return on_ended(dir, text + more);
  };
  TempDir before, same, other;
  rules(before, "3", "");
  auto alike = past.try_rules(before.path(), rules(same, "3", "-- a comment"));
  CHECK(alike.summary.calls_differ == 0);
  CHECK(alike.told.empty());

  auto tried = past.try_rules(before.path(), rules(other, "4", ""));
  CHECK(tried.summary.calls_differ == 3);
  for (const char* call : {"CA1", "CA2", "CA3"}) {
    const Lines& lines = tried.of(past.id_of(call));
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].starts_with("timer visit "));
    CHECK(lines[0].find("none") == std::string::npos);
  }
  const Lines& apart = tried.of("");
  CHECK(apart.size() == 6);
  CHECK(std::ranges::count_if(apart, [](auto& line) { return line.ends_with(R"(.name: "N3" -> "N4")"); }) == 3);
  CHECK(std::ranges::count_if(apart, [](auto& line) { return line.ends_with(": 3 -> 4"); }) == 3);
  for (const std::string& line : apart) CHECK(line.find("\ufffd") == std::string::npos);
}

TEST_CASE("a changed mapping changes the calls it is about and no others", "[replay]") {
  Past past;
  past.deliver("elevenlabs", "", conversation("conv_1", "appointment_booked"));
  past.deliver("elevenlabs", "", conversation("conv_2", "resolved"));
  past.deliver("elevenlabs", "", conversation("conv_3", "appointment_booked"));
  past.settle();
  TempDir other;
  change_rules(other, "outcome.lua", R"(resolved = { disposition = "resolved" })",
               R"(resolved = { disposition = "escalated" })");
  auto tried = past.try_rules(kProjectRules, other.path());
  CHECK(tried.summary.calls == 3);
  CHECK(tried.summary.calls_differ == 1);
  std::string changed = past.id_of("conv_2");
  CHECK(tried.order == std::vector{changed});
  INFO(fmt::format("{}", fmt::join(tried.of(changed), "\n")));
  CHECK(std::ranges::count(tried.of(changed), R"(disposition: "resolved" -> "escalated")") == 1);
}

TEST_CASE("the other rules repeat what those in force did wherever they come to the same", "[replay]") {
  Past past;
  three_ended_calls(past);
  past.deliver("twilio", "status", twilio_end("CA3", "completed", "%2B40000000000"));  // a duplicate
  TempDir before, after;
  const std::string counts = "{ name = 'count', on = '*', per = 'call', handle = function(event, ctx) "
                             "ctx.kpi:add(ctx.call.intent or 'none', 1) end }";
  on_ended(before, "ctx.call:update { intent = 'a' }", counts);

  SECTION("rules with the same words") {
    auto tried = past.try_rules(before.path(), before.path());
    CHECK(tried.summary.repeated == 4);
  }
  SECTION("rules with other words, some of which say something else") {
    on_ended(after, "ctx.call:update { intent = event.data.status == 'busy' and 'b' or 'a' }", counts);
    auto tried = past.try_rules(before.path(), after.path());
    CHECK(tried.summary.repeated == 3);
    CHECK(tried.summary.calls_differ == 1);
    CHECK(tried.of(past.id_of("CA2")) == Lines{R"(intent: "a" -> "b")", "kpi a -1", "kpi b +1"});
    past.deliver("twilio", "status", twilio_end("CA2", "busy"));
    CHECK(past.try_rules(before.path(), after.path()).summary.repeated == 4);
  }
  SECTION("a rule for whole calls that only the other set has") {
    on_ended(after, "ctx.call:update { intent = 'a' }",
             counts + ", { name = 'more', on = 'never.*', per = 'call', handle = function() end }");
    CHECK(past.try_rules(before.path(), after.path()).summary.repeated == 0);
  }
}

TEST_CASE("rules that run in another order are asked, though their words are the same", "[replay]") {
  Past past;
  three_ended_calls(past);
  TempDir before, after;
  auto rule = [](const TempDir& dir, const std::string& name, int priority, const std::string& body) {
    dir.write(name + ".lua", fmt::format("return {{ name = '{}', on = 'call.ended', priority = {}, handle = "
                                         "function(event, ctx) {} end }}",
                                         name, priority, body));
  };
  for (const TempDir* dir : {&before, &after}) {
    rule(*dir, "counts", 0, "if ctx.call.intent ~= 'told' then ctx.kpi:add('open', 1) end");
    rule(*dir, "tells", dir == &before ? 10 : -10, "ctx.call:update { intent = 'told' }");
  }
  auto tried = past.try_rules(before.path(), after.path());
  CHECK(tried.summary.calls_differ == 3);
  CHECK(tried.of(past.id_of("CA1")) == Lines{"kpi open +1"});
}

TEST_CASE("what one rule puts into a module of all is seen by the rules that are as they were", "[replay]") {
  Past past;
  three_ended_calls(past);
  TempDir before, after;
  for (const TempDir* dir : {&before, &after}) {
    std::filesystem::create_directory(dir->path() + "/lib");
    dir->write("lib/words.lua", "return {}");
    dir->write("a.lua", fmt::format("require('lib.words').last = '{}'\n"
                                    "return {{ name = 'a', on = 'never.*', handle = function() end }}",
                                    dir == &before ? "good" : "bad"));
    on_ended(*dir, "ctx.call:update { intent = require('lib.words').last }");
  }
  CHECK(past.try_rules(before.path(), after.path()).summary.calls_differ == 3);
}

TEST_CASE("numbers that are equal and read otherwise as a text are a difference", "[replay]") {
  Past past;
  three_ended_calls(past);
  TempDir before, after;
  for (const TempDir* dir : {&before, &after}) {
    on_ended(*dir, fmt::format("ctx.call:update {{ metadata = {{ minutes = {} }} }}", dir == &before ? "2" : "2.0"),
             "{ name = 'says', on = 'call.ended', priority = -1, handle = function(event, ctx) "
             "ctx.call:update { summary = 'lasted ' .. ctx.call.metadata.minutes } end }");
  }
  CHECK(past.try_rules(before.path(), after.path()).of(past.id_of("CA1")) ==
        Lines{R"(summary: "lasted 2" -> "lasted 2.0")"});
}

TEST_CASE("what an update did before it was refused is a difference", "[replay]") {
  Past past;
  three_ended_calls(past);
  TempDir before, after;
  for (const TempDir* dir : {&before, &after}) {
    on_ended(*dir, fmt::format("pcall(function() ctx.call:update {{ disposition = '{}', status = 'junk' }} end)",
                               dir == &before ? "resolved" : "escalated"));
  }
  CHECK(past.try_rules(before.path(), after.path()).summary.calls_differ == 3);
}

TEST_CASE("a row that an earlier difference changed is no row to repeat from", "[replay]") {
  Past past;
  past.deliver("twilio", "status", twilio_end("CA1", "in-progress"));
  past.deliver("twilio", "status", twilio_end("CA1"));
  TempDir before, after;
  for (const TempDir* dir : {&before, &after}) {
    dir->write("last.lua", "return { name = 'last', on = 'call.ended', handle = function(event, ctx) "
                           "ctx.call:update { intent = ctx.call.summary or 'nothing' } end }");
  }
  after.write("first.lua", "return { name = 'first', on = 'call.answered', handle = function(event, ctx) "
                           "ctx.call:update { summary = 'told' } end }");
  auto tried = past.try_rules(before.path(), after.path());
  CHECK(tried.summary.repeated == 0);
  CHECK(tried.of(past.id_of("CA1")) == Lines{R"(intent: "nothing" -> "told")", R"(summary: none -> "told")"});
}

TEST_CASE("what the first event of a record wrote is seen by the rules that differ on its second", "[replay]") {
  Past past;
  NewRecord record;  // of a list that tells what was charged: a call's end, and its price
  record.kind = RecordKind::import;
  record.source = "twilio";
  record.time_ms = past.clock().now_ms();
  record.headers = {{":kind", "calls"}, {":sync", "sync_1"}};
  record.body = R"({"sid":"CA1","status":"completed","price":"-0.1","price_unit":"USD"})";
  REQUIRE(past.log().append_and_wait(std::move(record)));
  TempDir before, after;
  for (const TempDir* dir : {&before, &after}) {
    dir->write("ended.lua",
               "return { name = 'ended', on = 'call.ended', handle = function(event, ctx) "
               "ctx.call:update { intent = 'late' } end }");
  }
  auto on_price = [](const TempDir& dir, const std::string& summary) {
    dir.write("price.lua",
              "return { name = 'price', on = 'twilio.price', handle = function(event, ctx) "
              "ctx.call:update { summary = " + summary + " } end }");
  };
  on_price(before, "ctx.call.intent or 'none'");
  on_price(after, "ctx.call.intent and 'other' or 'late'");
  auto tried = past.try_rules(before.path(), after.path());
  CHECK(tried.of(past.id_of("CA1")) == Lines{R"(summary: "late" -> "other")"});
}

TEST_CASE("what a call adds to key figures differs per call and in total", "[replay]") {
  Past past;
  three_ended_calls(past);
  TempDir before, after;
  on_ended(before, "ctx.kpi:add('ended', 1)");
  on_ended(after, "ctx.kpi:add('ended', 1, { status = event.data.status }) ctx.kpi:observe('secs', 2.5)");
  auto tried = past.try_rules(before.path(), after.path());
  CHECK(tried.summary.calls_differ == 3);
  CHECK(tried.of(past.id_of("CA2")) == Lines{"kpi ended -1", "kpi ended{status=busy} +1", "kpi secs +2.5"});
  std::map<std::string, int64_t> totals;
  for (const auto& [key, change] : tried.summary.kpis) totals[kpi_label(key.first, decode_dimensions(key.second))] = change.micros;
  CHECK(totals == std::map<std::string, int64_t>{{"ended", -3'000'000},
                                                 {"ended{status=busy}", 1'000'000},
                                                 {"ended{status=completed}", 2'000'000},
                                                 {"secs", 7'500'000}});
}

TEST_CASE("a call and the summary name a key figure in one way, by its name and its dimensions", "[replay]") {
  Past past;
  three_ended_calls(past);
  TempDir before, after;
  on_ended(before, "ctx.kpi:add('ended', 1, { status = event.data.status })");
  on_ended(after, "ctx.kpi:add('ended', 1, { a = '1,b=2' }) ctx.kpi:add('ended', 1, { a = '1', b = '2' })");
  auto tried = past.try_rules(before.path(), after.path());
  std::map<KpiChanges::key_type, int64_t> told, summed;
  for (const Difference& one : tried.all) {
    CHECK(one.to_json()["name"] == "ended");
    auto dimensions = encode_dimensions(one.dimensions.get<Dimensions>()).value();
    told[{one.name, dimensions}] += one.after.is_null() ? -1 : 1;
  }
  for (const auto& [key, change] : tried.summary.kpis) summed[key] = change.count;
  CHECK(told == summed);
  CHECK(told.size() == 4);
}

TEST_CASE("entries of the feed differ by what they say", "[replay]") {
  Past past;
  past.deliver("twilio", "status", twilio_end("CA1"));
  TempDir before, after;
  on_ended(before, "ctx.activity:add { kind = 'a', title = 'It ended' }");
  on_ended(after,
           "ctx.activity:add { kind = 'a', title = 'It is over' } ctx.activity:add { kind = 'b', title = 'More' }");
  auto tried = past.try_rules(before.path(), after.path());
  auto lines = tried.of(past.id_of("CA1"));
  REQUIRE(lines.size() == 2);
  std::ranges::sort(lines, {}, &std::string::size);
  CHECK(lines[0].ends_with(R"(: none -> "More")"));
  CHECK(lines[1].ends_with(R"(.title: "It ended" -> "It is over")"));
}

TEST_CASE("a rule that fails on a past event is a dead letter of that event, and the replay goes on", "[replay]") {
  Past past;
  three_ended_calls(past);
  TempDir before, after;
  on_ended(before, "ctx.kpi:add('ended', 1)");
  on_ended(after, "if event.data.status == 'busy' then ctx.fail('it is busy') end ctx.kpi:add('ended', 1)");
  auto tried = past.try_rules(before.path(), after.path());
  CHECK(tried.summary.records == 3);
  CHECK(tried.summary.calls_differ == 1);
  auto lines = tried.of(past.id_of("CA2"));
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] == "not under the other rules");
  CHECK(lines[1] == "kpi ended -1");
  CHECK(lines[2].starts_with("dead letter 2.0 call.ended: none -> "));
  CHECK(lines[2].find("it is busy") != std::string::npos);
  CHECK(tried.summary.kpis.size() == 1);
}

TEST_CASE("an event that dies when its effects are applied is a dead letter, of a timer by its name", "[replay]") {
  Past past;
  three_ended_calls(past);
  const std::string nosuch = "ctx.action:request { source = 'nosuch', type = 'sms' }";
  const std::string sets = "ctx.timer:set { key = 'k:' .. ctx.call.id, after = '1m', name = 'tm' }";
  const std::string fires = "{ name = 'fire', on = 'timer.tm', handle = function(event, ctx) ";
  TempDir before, after;
  on_ended(before, sets, fires + "end }");
  SECTION("that of a record") {
    on_ended(after, sets + " if event.data.status == 'busy' then " + nosuch + " end", fires + "end }");
    auto lines = past.try_rules(before.path(), after.path()).of(past.id_of("CA2"));
    REQUIRE_FALSE(lines.empty());
    CHECK(lines.back().starts_with("dead letter 2.0 call.ended: none -> "));
    CHECK(lines.back().find("nosuch") != std::string::npos);
  }
  SECTION("that of a timer") {
    on_ended(after, sets, fires + nosuch + " end }");
    past.settle();
    past.clock().set_ms(kEndedMs + 90 * kMinute);
    std::string id = past.id_of("CA1");
    auto lines = past.try_rules(before.path(), after.path()).of(id);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].starts_with("dead letter timer tm k:" + id + " at 2025-12-17T20:16:00Z: none -> "));
  }
}

TEST_CASE("a letter that died and was redriven is no difference any more", "[replay]") {
  Past past;
  past.deliver("twilio", "status", twilio_end("CA1"));
  past.deliver("twilio", "sms", fixture("twilio/sms.inbound.form"));
  past.settle();
  TempDir before, after;
  on_ended(before, "ctx.kpi:add('ended', 1)");
  on_ended(after, "if not ctx.state:get('ready') then ctx.fail('not ready') end ctx.kpi:add('ended', 1)");
  after.write("sms.lua",
              "return { name = 'sms', on = 'message.received', handle = function(event, ctx)\n"
              "ctx.agents:put { id = 'a1', name = 'Ann' } end }");
  CHECK(past.try_rules(before.path(), after.path()).summary.calls_differ == 1);
  on_ended(after, "if not ctx.agents:get('a1') then ctx.fail('not ready') end ctx.kpi:add('ended', 1)");
  past.command("dead.redrive", {{"ids", Json::array({"1"})}});
  auto tried = past.try_rules(before.path(), after.path());
  CHECK(tried.summary.calls_differ == 0);
  CHECK(tried.summary.kpis.empty());
  CHECK(tried.of("").size() == 1);
}

TEST_CASE("answers to the provider differ by what they say", "[replay]") {
  Past past;
  past.deliver("twilio", "voice", fixture("twilio/voice.inbound.form"));
  TempDir before, after;
  const std::string rule = "return { name = 'greet', on = 'call.incoming', handle = function(event, ctx)\n";
  before.write("greet.lua", rule + "ctx.reply { twiml = '<Response/>' } end }");
  after.write("greet.lua", rule + "ctx.reply { twiml = '<Response><Hangup/></Response>' } end }");
  auto tried = past.try_rules(before.path(), after.path());
  REQUIRE(tried.told.size() == 1);
  CHECK(
      tried.told.begin()->second ==
      Lines{
          R"(reply to call.incoming, record 1: {"twiml":"<Response/>"} -> {"twiml":"<Response><Hangup/></Response>"})"});
}

TEST_CASE("timers fire in virtual time, under each rule set for itself", "[replay]") {
  Past past;
  three_ended_calls(past);
  const std::string fires =
      "{ name = 'fire', on = 'timer.remind', handle = function(event, ctx) ctx.kpi:add('reminded', 1) end }";
  auto sets = [](const std::string& after) {
    return "ctx.timer:set { key = 'remind:' .. ctx.call.id, after = '" + after + "', name = 'remind' }";
  };
  TempDir before, after;
  on_ended(before, sets("1m"), fires);
  on_ended(after, sets("2h"), fires);
  past.clock().set_ms(kEndedMs + 90 * kMinute);
  auto tried = past.try_rules(before.path(), after.path());
  CHECK(tried.summary.calls_differ == 3);
  std::string id = past.id_of("CA1");
  CHECK(tried.of(id) == Lines{"kpi reminded -1",
                              "timer remind remind:" + id + R"(: none -> {"due":"2025-12-17T22:15:00Z"})",
                              "timer remind remind:" + id + R"( at 2025-12-17T20:16:00Z: "fired" -> none)"});

  SECTION("timers that the log says fired are not counted twice") {
    past.use_rules(before.path());
    past.deliver("twilio", "status", twilio_end("CA4"));
    past.clock().advance_ms(5 * kMinute);
    past.log().wake();
    REQUIRE(eventually([&] { return past.log().last_seq() == 5; }));
    auto again = past.try_rules(before.path(), before.path());
    CHECK(again.told.empty());
    CHECK(again.summary.calls == 4);
  }
}

TEST_CASE("the range chooses records by time and source", "[replay]") {
  Past past;
  three_ended_calls(past);
  past.deliver("elevenlabs", "", conversation("conv_1", "resolved"));
  TempDir before, after;
  on_ended(before, "ctx.kpi:add('ended', 1)");
  on_ended(after, "ctx.kpi:add('ended', 2)");
  auto with = [&](const ReplayRange& range) { return past.try_rules(before.path(), after.path(), range).summary; };
  CHECK(with({}).records == 4);
  CHECK(with({.from_ms = kEndedMs + kMinute}).records == 3);
  CHECK(with({.from_ms = kEndedMs + kMinute, .to_ms = kEndedMs + 2 * kMinute}).calls_differ == 1);
  CHECK(with({.to_ms = kEndedMs}).records == 0);
  CHECK(with({.from_ms = kEndedMs + 3 * kMinute}).records == 0);
  CHECK(with({.source = "elevenlabs"}).calls == 1);
  CHECK(with({.source = "twilio"}).calls_differ == 3);
}

TEST_CASE("a tenant or a call chooses what is told, and its key figures", "[replay]") {
  Past past;
  three_ended_calls(past);
  TempDir before, after;
  on_ended(before, "ctx.kpi:add('ended', 1)");
  on_ended(after, "ctx.kpi:add('ended', 2)");
  auto tenant = past.try_rules(before.path(), after.path(), {.tenant = "B2/L1"});
  CHECK(tenant.summary.records == 3);
  CHECK(tenant.summary.calls == 2);
  CHECK(tenant.summary.calls_differ == 2);
  CHECK(tenant.summary.kpis.begin()->second.micros == 2'000'000);

  auto call = past.try_rules(before.path(), after.path(), {.call = "CA2"});
  CHECK(call.summary.calls == 1);
  CHECK(call.order == std::vector{past.id_of("CA2")});
  CHECK(call.summary.kpis.begin()->second.micros == 1'000'000);
  on_ended(after, "ctx.kpi:add('ended', 1, { status = event.data.status })");
  auto split = past.try_rules(before.path(), after.path(), {.call = "CA2"}).summary.kpis;
  const std::string busy = encode_dimensions({{"status", "busy"}}).value();
  REQUIRE(split.contains({"ended", busy}));
  CHECK(split.at({"ended", busy}).micros == 1'000'000);
  CHECK(split.at({"ended", ""}).micros == -1'000'000);

  auto rules = RuleSet::load(before.path(), {});
  auto unknown = past.try_rules(**rules, **rules, {.call = "CA9"});
  REQUIRE(!unknown);
  CHECK(unknown.error().code == Code::not_found);
}

TEST_CASE("of what is about no call a tenant is told its own, and how much names no tenant", "[replay]") {
  Past past;
  three_ended_calls(past);  // two of B2/L1, one of nobody
  TempDir before, after;
  auto rules = [&](const TempDir& dir, const std::string& number) {
    on_ended(dir, fmt::format("local id = event.id ctx.state:put('k' .. id, {0}) "
                              "ctx.contacts:put {{ id = 'c' .. id, name = 'N{0}' }} ctx.tasks:schedule {{ key = id, "
                              "to = '+14155551234', source = 'twilio', after = '9d', variables = {{ n = {0} }} }} "
                              "if event.data.status == 'busy' then "
                              "ctx.agents:put {{ id = 'a', tenant = 'B{0}/L1' }} end",
                              number));
  };
  rules(before, "3");
  rules(after, "2");
  auto with = [&](const ReplayRange& range) { return past.try_rules(before.path(), after.path(), range); };
  using Untold = std::map<Aspect, uint64_t>;
  CHECK(with({}).of("").size() == 10);
  CHECK(with({}).summary.untold.empty());

  auto tenant = with({.tenant = "B2/L1"});
  CHECK(tenant.summary.others_differ);
  CHECK(tenant.summary.calls_differ == 0);
  auto lines = tenant.of("");
  CHECK(lines.size() == 5);
  CHECK(std::ranges::count_if(lines, [](auto& line) { return line.ends_with(R"(.name: "N3" -> "N2")"); }) == 2);
  CHECK(std::ranges::count_if(lines, [](auto& line) { return line.ends_with(".variables.n: 3 -> 2"); }) == 2);
  CHECK(std::ranges::count(lines, R"(agent a.tenant: "B3/L1" -> "B2/L1")") == 1);
  const Untold nobodys{{Aspect::task, 1}, {Aspect::contact, 1}, {Aspect::memory, 3}};
  CHECK(tenant.summary.untold == nobodys);

  auto other = with({.tenant = "B1/L1"});
  CHECK_FALSE(other.summary.others_differ);
  CHECK(other.told.empty());
  CHECK(other.summary.untold == nobodys);
  CHECK(with({.tenant = "B3/L1"}).of("") == Lines{R"(agent a.tenant: "B3/L1" -> "B2/L1")"});

  auto call = with({.call = "CA2"});
  CHECK(call.told.empty());
  CHECK(call.summary.untold ==
        Untold{{Aspect::task, 3}, {Aspect::contact, 3}, {Aspect::agent, 1}, {Aspect::memory, 3}});
}

TEST_CASE("an event about no call dies, sets timers and is told in the feed for its tenant", "[replay]") {
  Past past;
  std::string message = fixture("twilio/sms.inbound.form");
  const std::string to = "%2B19894655460";
  past.deliver("twilio", "sms", message.replace(message.find(to), to.size(), "%2B14155550199"));
  TempDir before, after;
  auto rule = [](const TempDir& dir, const std::string& body) {
    dir.write("rule.lua", "return { name = 'rule', on = 'message.received', handle = function(event, ctx) " + body +
                              " end }");
  };
  rule(before, "ctx.activity:add { kind = 'a', title = 'Order' } "
               "ctx.timer:set { key = 'k', after = '9d', name = 'n' }");
  rule(after, "ctx.fail('broken')");
  auto told = past.try_rules(before.path(), after.path(), {.tenant = "B2/L1"});
  CHECK(told.summary.others_differ);
  CHECK(told.summary.untold.empty());
  const Lines& lines = told.of("");
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].ends_with(R"(: "Order" -> none)"));
  CHECK(lines[1].starts_with("timer n k: {"));
  CHECK(lines[2].starts_with("dead letter 1.0 message.received: none -> "));
  auto other = past.try_rules(before.path(), after.path(), {.tenant = "B1/L1"});
  CHECK(other.told.empty());
  CHECK(other.summary.untold.empty());
}

TEST_CASE("a task is told for the call that its attempt made", "[replay]") {
  TempDir before, after;
  for (const TempDir* dir : {&before, &after}) {
    on_ended(*dir, fmt::format("if event.data.to == '+14155550199' then ctx.tasks:schedule {{ key = 'ring', to = "
                               "'+14155551234', source = 'twilio', after = '1m', metadata = {{}}, variables = "
                               "{{ n = {} }}, window = {{ days = 'mon-sun', from = '00:00', to = '24:00' }} }} end",
                               dir == &before ? 1 : 2));
  }
  Past past(before.path());
  past.clock().set_ms(kEndedMs);
  past.deliver("twilio", "status", twilio_end("CA1"), kEndedMs);
  past.settle();
  past.clock().advance_ms(2 * kMinute);
  past.log().wake();
  REQUIRE(eventually([&] { return past.log().last_seq() >= 2; }));
  past.settle();
  auto made = actions_made_by(**past.store().read(), past.log().last_seq());
  REQUIRE(made.size() == 1);
  for (const char* word : {"claim", "answer"}) {
    NewRecord result;
    result.kind = RecordKind::result;
    result.source = "twilio";
    result.time_ms = past.clock().now_ms();
    result.headers = {{":name", word}, {":action", made[0].id}, {":attempt", "1"}, {":status", "201"}};
    result.body = R"({"sid":"CA7"})";
    REQUIRE(past.log().append_and_wait(std::move(result)));
  }
  past.deliver("twilio", "status", twilio_end("CA7", "completed", "%2B40000000000"));
  auto with = [&](const std::string& call) {
    return past.try_rules(before.path(), after.path(), {.call = call}).of("");
  };
  CHECK(with("CA7") == Lines{"task ring.variables.n: 1 -> 2"});
  CHECK(with("CA1").empty());
}

TEST_CASE("calls are told in the order of their time, and what is about no call at last", "[replay]") {
  Past past;
  past.deliver("twilio", "sms", fixture("twilio/sms.inbound.form"));
  past.deliver("elevenlabs", "", fixture("elevenlabs/post_call_transcription.full.json"));
  past.deliver("elevenlabs", "", fixture("elevenlabs/post_call_transcription.docs.json"));
  TempDir nothing, after;
  nothing.write("rule.lua", "return { name = 'rule', on = 'never', handle = function() end }");
  after.write("rule.lua",
              "return { name = 'rule', on = '*', handle = function(event, ctx)\n"
              "if ctx.call then ctx.call:update { summary = 'seen' } else ctx.state:put('seen', true) end end }");
  auto tried = past.try_rules(nothing.path(), after.path());
  CHECK(tried.summary.others_differ);
  REQUIRE(tried.order.size() == 3);
  CHECK(tried.order[0] == past.id_of("abc"));
  CHECK(tried.order[2].empty());
  CHECK(tried.of("") == Lines{"memory rule seen: none -> true"});
}

TEST_CASE("records that cannot be read or are of an unknown kind are named, counted and passed over", "[replay]") {
  Past past;
  three_ended_calls(past);
  NewRecord unknown;
  unknown.kind = static_cast<RecordKind>(9);
  unknown.time_ms = past.clock().now_ms();
  unknown.source = "twilio";
  REQUIRE(past.log().append_and_wait(std::move(unknown)));
  past.settle();
  const DamagedLog log(past.log(), 2);
  auto rules = RuleSet::load(kProjectRules, {});
  auto others = RuleSet::load(kProjectRules, {});
  Replay::Parts parts{log, past.decoder(), past.directory(), **rules, **others, past.clock(), past.dir().path()};
  auto replay = Replay::make(parts, {});
  REQUIRE(replay);
  REQUIRE((*replay)->run());
  const ReplaySummary& summary = (*replay)->summary();
  CHECK(summary.records == 2);
  CHECK(summary.skipped == 2);
  CHECK(summary.skips == Lines{"record 2: it is damaged", "record 4: found kind 9, which this version does not know"});
  CHECK(summary.calls == 2);
}

TEST_CASE("a moment is RFC 3339, a date or a time ago", "[replay]") {
  constexpr int64_t kNow = 1'774'792'800'000;  // 2026-03-29T14:00:00Z
  CHECK(parse_moment("2026-03-29T14:00:00Z", kNow, "--from") == kNow);
  CHECK(parse_moment("2026-03-29T17:00:00+03:00", kNow, "--from") == kNow);
  CHECK(parse_moment("2026-03-29", kNow, "--from") == kNow - 14 * 60 * kMinute);
  CHECK(parse_moment("2h ago", kNow, "--from") == kNow - 120 * kMinute);
  CHECK(parse_moment("7d ago", kNow, "--from") == kNow - 7 * 24 * 60 * kMinute);
  CHECK(parse_moment("now", kNow, "--to") == kNow);
  for (const char* wrong : {"", "yesterday", "2h", "-2h ago", "2026-13-01", " ago"}) {
    auto moment = parse_moment(wrong, kNow, "--from");
    INFO(wrong);
    REQUIRE(!moment);
    CHECK(moment.error().message.starts_with("--from: found"));
  }
}

TEST_CASE("a replay that is told to stop compares what it has read, and leaves no trace", "[replay]") {
  Past past;
  three_ended_calls(past);
  uint64_t asked = 0;
  auto stop = [&](uint64_t done, uint64_t of) {
    CHECK(of == 3);
    CHECK(done <= of);
    return ++asked == 0;
  };
  auto tried = past.try_rules(kProjectRules, kProjectRules, {}, stop);
  CHECK(asked == 1);
  CHECK(tried.summary.stopped);
  for (const auto& entry : std::filesystem::directory_iterator(past.dir().path())) {
    CHECK(!entry.path().filename().string().starts_with("replay."));
  }
}

TEST_CASE("what a killed replay left behind is removed by the next, and what a running one holds is not", "[replay]") {
  TempDir parent;
  std::filesystem::create_directory(parent.path() + "/replay.killed");
  auto running = ScratchDir::make(parent.path(), "replay.");
  REQUIRE(running);
  CHECK(!std::filesystem::exists(parent.path() + "/replay.killed"));
  auto next = ScratchDir::make(parent.path(), "replay.");
  REQUIRE(next);
  CHECK(std::filesystem::exists(running->path()));
}

TEST_CASE("nothing of the engine's changes by a replay", "[replay]") {
  Past past;
  three_ended_calls(past);
  past.settle();
  Json state = past.state();
  uint64_t last = past.log().last_seq();
  TempDir after;
  on_ended(after, "ctx.kpi:add('ended', 1) ctx.timer:set { key = 'k', after = '1s', name = 'n' }");
  past.clock().advance_ms(kMinute);
  CHECK(past.try_rules(kProjectRules, after.path()).summary.calls_differ == 3);
  CHECK(past.state() == state);
  CHECK(past.log().last_seq() == last);
}

}  // namespace hookswitch::test
