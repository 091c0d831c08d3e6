// A call that callbacks tell and a list shows is one call, whichever of them comes first.
#include <catch2/catch.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "engine/processor/forget_call.h"
#include "engine/state/call_ids.h"
#include "engine/state/recordings.h"
#include "tests/support/in_process.h"

namespace hookswitch::test {
namespace {

// Of a call that only its first request and its end are told of, and the list's row. The end tells what no list has.
enum class Told { voice, ended, listed };

const std::string kCall = "CallSid=CA1&From=%2B14155550100&To=%2B14155550199&Direction=inbound&CallStatus=";

void tell(InProcess& engine, Told what) {
  if (what == Told::voice) {
    engine.deliver("twilio", "voice", kCall + "ringing");
    return;
  }
  if (what == Told::ended) {
    engine.deliver("twilio", "status",
                   kCall + "completed&CallDuration=30&Timestamp=Wed%2C+17+Dec+2025+19%3A33%3A52+%2B0000"
                           "&SipResponseCode=200&RecordingSid=RE1");
    return;
  }
  NewRecord record;
  record.kind = RecordKind::import;
  record.source = "twilio";
  record.time_ms = engine.clock().now_ms();
  record.headers = {{":kind", "calls"}, {":sync", "sync_1"}};
  record.body = dump(Json{{"sid", "CA1"},
                          {"status", "completed"},
                          {"direction", "inbound"},
                          {"from", "+14155550100"},
                          {"to", "+14155550199"},
                          {"duration", "30"},
                          {"date_created", "Wed, 17 Dec 2025 19:33:20 +0000"},
                          {"start_time", "Wed, 17 Dec 2025 19:33:22 +0000"},
                          {"end_time", "Wed, 17 Dec 2025 19:33:52 +0000"}});
  REQUIRE(engine.log().append_and_wait(std::move(record)));
}

// But for who told.
Json outcome_of(const std::vector<Told>& all, const std::string& rules = "") {
  InProcess engine(rules);
  for (Told what : all) tell(engine, what);
  Json state = engine.state();
  for (Json& call : state["calls"]) call.erase("reported_by");
  return state;
}

// One rule that writes once of an event, and one that says what its call is as a whole.
void write_rules(TempDir& rules) {
  rules.write("once.lua", "return { name = 'once', on = 'call.ended', handle = function(_, ctx)\n"
                          "  local runs = (ctx.state:get('runs') or 0) + 1\n"
                          "  ctx.state:put('runs', runs)\n"
                          "  ctx.kpi:add('runs', runs)\n"
                          "end }");
  rules.write("whole.lua", "return { name = 'whole', on = 'call.ended', per = 'call', handle = function(_, ctx)\n"
                           "  ctx.kpi:add('ended', 1, { sip_code = tostring(ctx.call.metadata.sip_code) })\n"
                           "  ctx.activity:add { kind = 'ended', title = tostring(ctx.call.has_recording) }\n"
                           "end }");
}

// The webhook tells of its end a second later than the list, and of the number as it is dialled at home.
Json ended_later(const std::vector<Told>& all, const std::string& rules) {
  InProcess engine(rules);
  for (Told what : all) {
    if (what == Told::ended) {
      engine.deliver("twilio", "status",
                     "CallSid=CA1&From=4155550100&To=%2B14155550199&Direction=inbound&CallStatus=completed"
                     "&CallDuration=30&Timestamp=Wed%2C+17+Dec+2025+19%3A33%3A53+%2B0000");
      continue;
    }
    tell(engine, what);
  }
  Json state = engine.state();
  for (Json& call : state["calls"]) call.erase("reported_by");
  return state;
}

// Of an outbound call that nobody answered: their webhook, which says so, and the row of their list, which does not.
enum class Unanswered { webhook, row };

Json unanswered(const std::vector<Unanswered>& all) {
  const std::string body = R"({"Called":"+15550111","CallSid":"CA7","CallStatus":"no-answer","To":"+15550111"})";
  InProcess engine;
  for (Unanswered what : all) {
    if (what == Unanswered::webhook) {
      engine.deliver("elevenlabs", "post-call",
                     R"({"type":"call_initiation_failure","event_timestamp":1766000033,"data":{"agent_id":"a1",)"
                     R"("conversation_id":"conv_7","failure_reason":"no-answer","metadata":{"type":"twilio","body":)" +
                         body + "}}}");
      continue;
    }
    NewRecord record;
    record.kind = RecordKind::import;
    record.source = "elevenlabs";
    record.time_ms = engine.clock().now_ms();
    record.headers = {{":kind", "conversations"}, {":sync", "sync_1"}};
    record.body = R"({"agent_id":"a1","conversation_id":"conv_7","status":"failed","transcript":[],"metadata":{)"
                  R"("start_time_unix_secs":1766000000,"call_duration_secs":0,"phone_call":{"direction":"outbound",)"
                  R"("external_number":"+15550111","call_sid":"CA7"}}})";
    REQUIRE(engine.log().append_and_wait(std::move(record)));
  }
  Json state = engine.state();
  for (Json& call : state["calls"]) call.erase("reported_by");
  return state;
}

std::optional<Recording> recording_of(InProcess& engine) {
  auto reader = engine.store().read().value();
  return find_recording(*reader, resolve_call_id(*reader, "CA1").value_or(""));
}

}  // namespace

TEST_CASE("when a listed call began and was answered is known, whether a callback or the list told of its end first") {
  std::vector<Told> all{Told::voice, Told::ended, Told::listed};
  const Json expected = outcome_of(all);
  REQUIRE(expected["dead"] == 0);
  REQUIRE(expected["calls"].size() == 1);
  CHECK(expected["calls"][0]["started_at"] == "2025-12-17T19:33:20Z");
  CHECK(expected["calls"][0]["answered_at"] == "2025-12-17T19:33:22Z");
  CHECK(expected["calls"][0]["ended_at"] == "2025-12-17T19:33:52Z");
  CHECK(expected["calls"][0]["metadata"]["sip_code"] == 200);
  CHECK(expected["calls"][0]["has_recording"] == true);
  while (std::ranges::next_permutation(all).found) CHECK(outcome_of(all) == expected);
}

TEST_CASE("what a webhook tells beside a list that came first counts, and nothing counts twice") {
  TempDir rules;
  write_rules(rules);
  const Json expected = outcome_of({Told::ended, Told::listed}, rules.path());
  REQUIRE(expected["dead"] == 0);
  REQUIRE(expected["kpis"].size() == 2);
  REQUIRE(expected["activity"].size() == 1);
  CHECK(expected["activity"][0]["title"] == "true");
  CHECK(outcome_of({Told::listed, Told::ended}, rules.path()) == expected);
  CHECK(outcome_of({Told::listed, Told::ended, Told::ended, Told::listed}, rules.path()) == expected);
}

TEST_CASE("what an ordinary rule writes on a call stands, whichever of webhook and list comes first") {
  TempDir rules;
  rules.write("words.lua", "local phone = require 'hookswitch.phone'\n"
                           "return { name = 'words', on = 'call.ended', handle = function(event, ctx)\n"
                           "  ctx.call:update { duration_secs = 7, from = phone.e164(event.data.from, 'US'),\n"
                           "    metadata = { reason = 'they hung up' } }\n"
                           "end }");
  const Json expected = ended_later({Told::ended, Told::listed}, rules.path());
  REQUIRE(expected["dead"] == 0);
  REQUIRE(expected["calls"].size() == 1);
  CHECK(expected["calls"][0]["duration_secs"] == 7);
  CHECK(expected["calls"][0]["from"] == "+14155550100");
  CHECK(expected["calls"][0]["metadata"]["reason"] == "they hung up");
  CHECK(ended_later({Told::listed, Told::ended}, rules.path()) == expected);
}

TEST_CASE("a call that nobody answered is one call and is missed once, whether its webhook or its list comes first") {
  const Json expected = unanswered({Unanswered::webhook, Unanswered::row});
  REQUIRE(expected["dead"] == 0);
  REQUIRE(expected["calls"].size() == 1);
  CHECK(expected["calls"][0]["status"] == "no_answer");
  CHECK(expected["calls"][0]["disposition"] == "missed");
  CHECK(unanswered({Unanswered::row, Unanswered::webhook}) == expected);
  CHECK(unanswered({Unanswered::row, Unanswered::webhook, Unanswered::row}) == expected);
}

TEST_CASE("a recording that only the webhook names can be fetched although the list came first") {
  InProcess engine;
  tell(engine, Told::listed);
  tell(engine, Told::ended);
  engine.settle();
  CHECK(engine.call("CA1")["reported_by"] == "both");
  auto recording = recording_of(engine);
  REQUIRE(recording);
  CHECK(recording->places["twilio"]["recording_sid"] == "RE1");
}

TEST_CASE("what a webhook tells beside a list is a dead letter where a rule for whole calls fails, and can be redriven") {
  TempDir rules;
  write_rules(rules);
  const Json expected = outcome_of({Told::listed, Told::ended}, rules.path());
  TempDir bad;
  write_rules(bad);
  bad.write("fails.lua", "return { name = 'fails', on = 'call.ended', per = 'call', handle = function(_, ctx)\n"
                         "  if ctx.call.metadata.sip_code then ctx.fail('no') end\nend }");
  InProcess engine(bad.path());
  tell(engine, Told::listed);
  tell(engine, Told::ended);
  Json state = engine.state();
  CHECK(state["dead"] == 1);
  CHECK_FALSE(state["calls"][0]["metadata"].contains("sip_code"));
  engine.use_rules(rules.path());
  engine.command("dead.redrive", {{"all", true}});
  state = engine.state();
  CHECK(state["calls"][0]["reported_by"] == "both");
  state["calls"][0].erase("reported_by");
  CHECK(state == expected);
}

TEST_CASE("a call that was forgotten since a list told of it does not come back by its webhook") {
  InProcess engine;
  tell(engine, Told::listed);
  engine.settle();
  const std::string id = engine.call("CA1")["id"];
  auto forgotten = engine.store().write([&](Writer& writer) -> Status {
    auto gone = forget_call(writer, id);
    return gone ? Status{} : std::unexpected(gone.error());
  });
  REQUIRE(forgotten);
  tell(engine, Told::ended);
  engine.settle();
  CHECK(engine.call("CA1").is_null());
}

}  // namespace hookswitch::test
