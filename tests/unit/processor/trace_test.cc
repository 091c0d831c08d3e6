// A record as it ran when it was processed, and as it would run now.
#include "engine/processor/trace.h"

#include <catch2/catch.hpp>
#include <future>

#include "engine/state/rule_versions.h"
#include "tests/support/in_process.h"

namespace hookswitch::test {
namespace {

std::string counting(const std::string& kpi) {
  return "return { name = 'count', on = 'call.ended', handle = function(event, ctx) ctx.kpi:add('" + kpi + "') end }";
}

std::string ended(int n) {
  return "AccountSid=AC00000000000000000000000000000000&CallSid=CA1111111111111111111111111111111" + std::to_string(n) +
         "&CallStatus=completed&SequenceNumber=3&Timestamp=Wed%2C+17+Dec+2025+20%3A15%3A00+%2B0000";
}

Result<Json> then(InProcess& engine, uint64_t seq) {
  Result<Json> out = fail(Code::internal, "no such record");
  auto reader = engine.store().read();
  REQUIRE(reader);
  auto visit = [&](const RecordView& record) {
    if (record.seq == seq) out = trace_then(**reader, record, events_of(record, engine.decoder()));
    return false;
  };
  REQUIRE(engine.log().read(seq, 1, visit));
  return out;
}

Json now(InProcess& engine, uint64_t seq) {
  std::promise<Json> answer;
  engine.processor().post([&](const Reader& reader, RecordHandler& handler, RuleSet& rules) {
    Json out;
    auto visit = [&](const RecordView& record) {
      out = handler.trace(reader, record, rules);
      return false;
    };
    (void)engine.log().read(seq, 1, visit);
    answer.set_value(std::move(out));
  });
  return answer.get_future().get();
}

std::string kpi_of(const Json& trace) { return trace["events"][0]["rules"][0]["effects"][0]["name"]; }

}  // namespace

TEST_CASE("after a change of rules a record shows what ran then, and what would run now") {
  TempDir first, second;
  first.write("count.lua", counting("old"));
  second.write("count.lua", counting("new"));
  InProcess engine(first.path());
  engine.deliver("twilio", "status", ended(1));
  engine.settle();
  engine.use_rules(second.path());
  engine.deliver("twilio", "status", ended(2));
  engine.settle();

  auto old = then(engine, 1);
  REQUIRE(old);
  CHECK((*old)["as"] == "then");
  CHECK(kpi_of(*old) == "old");
  CHECK((*old)["rules_from"] == 1);
  CHECK((*old)["events"][0]["rules"][0]["steps"] >= 0);
  CHECK((*old)["events"][0]["call"].is_string());
  CHECK(kpi_of(now(engine, 1)) == "new");
  auto fresh = then(engine, 2);
  REQUIRE(fresh);
  CHECK(kpi_of(*fresh) == "new");
  CHECK((*fresh)["rules_from"] == 2);
  CHECK((*fresh)["rules_version"] != (*old)["rules_version"]);

  auto reader = engine.store().read();
  CHECK(rule_versions(**reader, 10).size() == 2);
}

TEST_CASE("a rule set that decided nothing leaves no mark") {
  TempDir first, second;
  first.write("count.lua", counting("old"));
  second.write("count.lua", counting("new"));
  InProcess engine(first.path());
  engine.deliver("twilio", "status", ended(1));
  engine.settle();
  engine.use_rules(second.path());
  engine.use_rules(first.path());
  engine.deliver("twilio", "status", ended(2));
  engine.settle();
  auto reader = engine.store().read();
  CHECK(rule_versions(**reader, 10).size() == 1);
}

TEST_CASE("a duplicate is shown as one, with the record that it repeats") {
  TempDir rules;
  rules.write("count.lua", counting("calls"));
  InProcess engine(rules.path());
  engine.deliver("twilio", "status", ended(1));
  engine.deliver("twilio", "status", ended(1));
  engine.settle();
  auto trace = then(engine, 2);
  REQUIRE(trace);
  CHECK((*trace)["events"][0]["duplicate"] == true);
  CHECK((*trace)["events"][0]["duplicate_of"] == 1);
  CHECK((*trace)["events"][0]["rules"].empty());
}

TEST_CASE("a failing rule is shown with its error, and its redrive under the command that asked for it") {
  TempDir bad, good;
  bad.write("count.lua", "return { name = 'count', on = '*', handle = function(event) error('no') end }");
  good.write("count.lua", counting("calls"));
  InProcess engine(bad.path());
  engine.deliver("twilio", "status", ended(1));
  engine.settle();
  engine.use_rules(good.path());
  engine.command("dead.redrive", {{"all", true}});
  engine.settle();
  auto failed = then(engine, 1);
  REQUIRE(failed);
  CHECK((*failed)["events"][0]["error"].get<std::string>().find("count.lua:1") != std::string::npos);
  auto redriven = then(engine, 2);
  REQUIRE(redriven);
  CHECK((*redriven)["events"][0]["seq"] == 1);
  CHECK(kpi_of(*redriven) == "calls");
}

TEST_CASE("what is not processed, and what is not kept, is said to be so") {
  TempDir rules;
  rules.write("count.lua", counting("calls"));
  InProcess engine(rules.path(), 0);
  engine.deliver("twilio", "status", ended(1));
  engine.settle();
  auto gone = then(engine, 1);
  REQUIRE_FALSE(gone);
  CHECK(gone.error().code == Code::not_found);
  engine.processor().stop();
  engine.deliver("twilio", "status", ended(2));
  auto early = then(engine, 2);
  REQUIRE_FALSE(early);
  CHECK(early.error().code == Code::conflict);
}

TEST_CASE("a record that cannot be decoded shows why") {
  InProcess engine;
  engine.deliver("twilio", "status", ended(1));
  engine.deliver("elevenlabs", "", "{\"type\": broken");
  engine.settle();
  auto trace = then(engine, 2);
  REQUIRE(trace);
  CHECK((*trace)["error"].get<std::string>().size() > 0);
  CHECK((*trace)["events"].empty());
}

TEST_CASE("what people asked for is an event in both, and what rules hear nothing of is none") {
  TempDir rules;
  rules.write("told.lua",
              "return { name = 'told', on = 'command.contact.put', handle = function(event, ctx)\n"
              "ctx.kpi:add('people') end }");
  InProcess engine(rules.path());
  const uint64_t asked = engine.command("contact.put", {{"id", "ann"}, {"row", {{"name", "Ann"}}}});
  const uint64_t unheard = engine.command("dead.drop", {{"ids", Json::array()}});
  engine.settle();
  auto ran = then(engine, asked);
  REQUIRE(ran);
  for (const Json& trace : {*ran, now(engine, asked)}) {
    REQUIRE(trace["events"].size() == 1);
    CHECK(trace["events"][0]["type"] == "command.contact.put");
    CHECK(trace["events"][0]["data"]["body"]["id"] == "ann");
    CHECK(kpi_of(trace) == "people");
  }
  CHECK(now(engine, unheard)["events"].empty());
}

TEST_CASE("what came of fetching a recording is shown as that, not as a delivery that cannot be read") {
  InProcess engine;
  engine.deliver("twilio", "status", ended(1));
  NewRecord fetched;
  fetched.kind = RecordKind::result;
  fetched.time_ms = engine.clock().now_ms();
  fetched.source = "elevenlabs";
  fetched.headers = {{":name", "recording"}, {":call", "call_1"}, {"content-type", "audio/mpeg"}, {":ids", "{}"}};
  fetched.body = "\xff\xfb audio";
  auto seq = engine.log().append_and_wait(std::move(fetched));
  REQUIRE(seq);
  engine.settle();
  auto ran = then(engine, *seq);
  REQUIRE(ran);
  for (const Json& trace : {*ran, now(engine, *seq)}) {
    CHECK_FALSE(trace.contains("error"));
    CHECK(trace["events"].empty());
    CHECK(trace["result"]["name"] == "recording");
    CHECK(trace["result"]["call"] == "call_1");
    CHECK_FALSE(trace["result"].contains("content-type"));
  }
}

TEST_CASE("an event that dies when its effects are applied shows why") {
  TempDir rules;
  rules.write("ask.lua",
              "return { name = 'ask', on = 'call.ended', handle = function(event, ctx) ctx.kpi:add('ended')\n"
              "ctx.action:request { source = 'nosuch', type = 'sms' } end }");
  InProcess engine(rules.path());
  engine.deliver("twilio", "status", ended(1));
  engine.settle();
  auto ran = then(engine, 1);
  REQUIRE(ran);
  for (const Json& trace : {*ran, now(engine, 1)}) {
    CHECK(trace["events"][0].value("error", "").find("\"nosuch\", which is not configured") != std::string::npos);
  }
  CHECK(engine.state()["dead"] == 1);
}

TEST_CASE("a result that makes no sense shows why it is a dead letter") {
  InProcess engine;
  engine.deliver("twilio", "status", ended(1));
  NewRecord senseless;
  senseless.kind = RecordKind::result;
  senseless.time_ms = engine.clock().now_ms();
  senseless.source = "twilio";
  senseless.headers = {{":name", "sung"}, {":action", "axn_1"}};
  auto seq = engine.log().append_and_wait(std::move(senseless));
  REQUIRE(seq);
  engine.settle();
  auto ran = then(engine, *seq);
  REQUIRE(ran);
  CHECK((*ran)["result"]["action"] == "axn_1");
  CHECK((*ran)["error"].get<std::string>().find("sung") != std::string::npos);
}

}  // namespace hookswitch::test
