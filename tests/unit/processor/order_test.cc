// Any order and any duplication of one call's deliveries gives the same call, KPIs and activity.
#include <catch2/catch.hpp>

#include <algorithm>
#include <optional>
#include <random>

#include "engine/base/hash.h"
#include "engine/state/call_ids.h"
#include "engine/state/recordings.h"
#include "engine/state/syncs.h"
#include "engine/state/tasks.h"
#include "tests/support/in_process.h"

namespace hookswitch::test {
namespace {

struct Delivery {
  std::string source, kind, body;
  bool listed = false;  // found in the provider's list
};

constexpr const char* kSid = "CA00000000000000000000000000000000";

// One call as Twilio and ElevenLabs both tell it: the conversation names the phone call it was.
std::vector<Delivery> one_call() {
  std::string sid = kSid;
  Json conversation = Json::parse(fixture("elevenlabs/post_call_transcription.full.json"));
  conversation["data"]["metadata"]["phone_call"] = {{"type", "twilio"},
                                                    {"direction", "inbound"},
                                                    {"phone_number_id", "phnum_1"},
                                                    {"agent_number", "+14155550199"},
                                                    {"external_number", "+14155550100"},
                                                    {"stream_sid", "MZ1"},
                                                    {"call_sid", sid}};
  Json audio = Json::parse(fixture("elevenlabs/post_call_audio.json"));
  audio["data"]["conversation_id"] = conversation["data"]["conversation_id"];
  return {
      {"twilio", "status", fixture("twilio/voice.status.initiated.form")},
      {"twilio", "status", fixture("twilio/voice.status.ringing.form")},
      {"twilio", "status", fixture("twilio/voice.status.in-progress.form")},
      {"twilio", "status", fixture("twilio/voice.status.completed.form")},
      {"twilio", "recording", fixture("twilio/recording.completed.form")},
      {"elevenlabs", "", conversation.dump()},
      {"elevenlabs", "", audio.dump()},
  };
}

// Of somebody whom a <Dial> of that call rang.
Delivery leg_told(const std::string& leg) {
  return {"twilio", "status",
          "CallSid=" + leg + "&ParentCallSid=" + kSid +
              "&Direction=outbound-dial&CallStatus=no-answer&From=%2B14155550100&To=%2B14155550888"
              "&CallDuration=0&SequenceNumber=2&Timestamp=Wed%2C+17+Dec+2025+20%3A14%3A45+%2B0000"};
}

Delivery leg_listed(const std::string& leg) {
  Json row{{"sid", leg},
           {"parent_call_sid", kSid},
           {"direction", "outbound-dial"},
           {"status", "no-answer"},
           {"from", "+14155550100"},
           {"to", "+14155550888"},
           {"duration", "0"},
           {"price", "-0.01"},
           {"price_unit", "USD"},
           {"date_created", "Wed, 17 Dec 2025 20:14:25 +0000"},
           {"end_time", "Wed, 17 Dec 2025 20:14:45 +0000"}};
  return {"twilio", "calls", row.dump(), true};
}

void import(InProcess& engine, const Delivery& listed, const std::string& sync = "") {
  NewRecord record;
  record.kind = RecordKind::import;
  record.time_ms = engine.clock().now_ms();
  record.source = listed.source;
  record.headers = {{":kind", listed.kind}, {":sync", sync}};
  record.body = listed.body;
  REQUIRE(engine.log().append_and_wait(std::move(record)));
}

Json outcome_of(const std::vector<Delivery>& deliveries) {
  InProcess engine;
  for (const Delivery& delivery : deliveries) {
    if (delivery.listed) {
      import(engine, delivery);
    } else {
      engine.deliver(delivery.source, delivery.kind, delivery.body);
    }
  }
  return engine.state();
}

// Rules that ask for all that has a key, by a key with the call's id in its midst, at each word about the call.
constexpr const char* kKeyed = R"(
return {
  { name = "ask", on = { "conversation.audio", "conversation.ended", "call.ended", "call.recording" },
    handle = function(event, ctx)
      local key = "back:" .. ctx.call.id .. ":1"
      if event.type == "call.recording" then
        ctx.tasks:cancel(key)
        ctx.timer:cancel(key)
        return ctx.state:delete(key)
      end
      local id = ctx.tasks:schedule { key = key, to = "+14155550100", due_at = 2000000000000, source = "twilio" }
      if ctx.tasks:get(key).id ~= id then ctx.fail("another task") end
      ctx.action:sms { key = key, to = "+14155550100", body = "Hello", source = "twilio" }
      ctx.timer:set { key = key, name = "remind", at = 2000000000000 }
      ctx.state:put(key, (ctx.state:get(key) or 0) + 1)
    end },
}
)";

size_t rows(const Reader& reader, Table table, std::string_view prefix) {
  size_t n = 0;
  reader.scan_prefix(table, prefix, [&](std::string_view, std::string_view) { return ++n > 0; });
  return n;
}

// What stands of what the rules asked for.
Json keyed(InProcess& engine) {
  CHECK(engine.state()["dead"] == 0);
  auto reader = engine.store().read().value();
  return {{"tasks", rows(*reader, Table::tasks, "t")},
          {"actions", rows(*reader, Table::actions, "a")},
          {"timers", rows(*reader, Table::timers, "kback:")},
          {"tasks' timers", rows(*reader, Table::timers, "khookswitch.task/")},
          {"memory", rows(*reader, Table::memory, "")}};
}

Json keyed(const std::vector<Delivery>& deliveries) {
  TempDir rules;
  rules.write("keyed.lua", kKeyed);
  InProcess engine(rules.path());
  for (const Delivery& delivery : deliveries) engine.deliver(delivery.source, delivery.kind, delivery.body);
  return keyed(engine);
}

std::optional<Recording> recording_of(InProcess& engine, const std::string& any_id) {
  auto reader = engine.store().read().value();
  return find_recording(*reader, resolve_call_id(*reader, any_id).value_or(""));
}

}  // namespace

TEST_CASE("one call told by two providers is one call, whatever the order and the duplicates") {
  auto deliveries = one_call();
  Json expected = outcome_of(deliveries);
  REQUIRE(expected["calls"].size() == 1);
  REQUIRE(expected["dead"] == 0);
  REQUIRE(expected["calls"][0]["status"] == "completed");
  REQUIRE(!expected["kpis"].empty());
  REQUIRE(!expected["activity"].empty());

  std::mt19937 random(7);
  for (int round = 0; round < 25; ++round) {
    auto mixed = deliveries;
    for (int copies = round % 4; copies > 0; --copies) mixed.push_back(deliveries[random() % deliveries.size()]);
    std::ranges::shuffle(mixed, random);
    INFO("round " << round);
    REQUIRE(outcome_of(mixed) == expected);
  }
}

TEST_CASE("whom a <Dial> of the call rang changes nothing of it and is no call, in whatever order it is told") {
  auto told = [](const std::vector<Delivery>& deliveries) {
    Json out = outcome_of(deliveries);
    for (Json& call : out["calls"]) {
      call.erase("reported_by");
      call["external_ids"].erase("leg_sid");
    }
    return out;
  };
  auto deliveries = one_call();
  const Json expected = told(deliveries);
  for (const Delivery& leg : {leg_told("CA1"), leg_listed("CA1"), leg_listed("CA2")}) deliveries.push_back(leg);
  CHECK(told(deliveries) == expected);
  std::mt19937 random(5);
  for (int round = 0; round < 12; ++round) {
    std::ranges::shuffle(deliveries, random);
    INFO("round " << round);
    REQUIRE(told(deliveries) == expected);
  }
}

TEST_CASE("what a rule makes of a leg is its call's and that call's tenant's, in whatever order they are told") {
  TempDir rules;
  rules.write("legs.lua", R"(
return { name = "legs", on = { "twilio.leg", "twilio.leg_price" }, handle = function(event, ctx)
  ctx.kpi:add("legs")
  ctx.activity:add { kind = "leg", title = event.data.leg.sid .. " of " .. ctx.call.id }
  ctx.call:update { disposition = "escalated" }
end }
)");
  const auto call = one_call();
  const std::vector<Delivery> deliveries{call[0], call[3], leg_told("CA1"), leg_listed("CA2")};
  const std::string tenant = "B2/L1";  // by the call's own number, which no leg has
  std::vector<size_t> order{2, 3, 0, 1};
  std::optional<Json> expected;
  do {
    INFO(order[0] << order[1] << order[2] << order[3]);
    InProcess engine(rules.path());
    for (size_t n : order) {
      const Delivery& one = deliveries[n];
      one.listed ? import(engine, one) : void(engine.deliver(one.source, one.kind, one.body));
    }
    Json state = engine.state();
    REQUIRE(state["calls"].size() == 1);
    state["calls"][0].erase("reported_by");
    if (!expected) expected = state;
    CHECK(state == *expected);
    CHECK(state["dead"] == 0);
    CHECK(state["calls"][0]["tenant"] == tenant);
    CHECK(state["calls"][0]["disposition"] == "escalated");
    CHECK(state["activity"].size() == 3);
    for (const Json& activity : state["activity"]) CHECK(activity["tenant"] == tenant);
    REQUIRE(!state["kpis"].empty());
    for (const auto& [key, row] : state["kpis"].items()) CHECK(key.contains(to_hex(tenant)));
  } while (std::ranges::next_permutation(order).found);
}

TEST_CASE("a list that shows a leg and then its call has told of one call") {
  InProcess engine;
  REQUIRE(engine.store().write([](Writer& writer) { return put_sync(writer, Sync{.id = "sync_1"}), Status{}; }));
  Json call{{"sid", kSid},
            {"direction", "inbound"},
            {"status", "completed"},
            {"to", "+14155550199"},
            {"end_time", "Wed, 17 Dec 2025 20:15:00 +0000"}};
  for (const Delivery& listed : {leg_listed("CA1"), Delivery{"twilio", "calls", call.dump(), true}})
    import(engine, listed, "sync_1");
  engine.settle();
  auto sync = find_sync(*engine.store().read().value(), "sync_1");
  CHECK(sync->created == 1);
  CHECK(sync->updated == 1);
}

TEST_CASE("a conversation is the same by its webhook and by a list, before and after the other provider's word") {
  // It ends before Twilio says that the call did, and its webhook is made after that.
  Json webhook = Json::parse(one_call()[5].body);
  webhook["event_timestamp"] = 1'766'002'508;
  webhook["data"]["metadata"]["start_time_unix_secs"] = 1'766'002'441;
  webhook["data"]["metadata"]["accepted_time_unix_secs"] = 1'766'002'443;
  webhook["data"]["metadata"]["call_duration_secs"] = 58;
  const Delivery twilio = one_call()[3], delivered{"elevenlabs", "", webhook.dump()},
                 listed{"elevenlabs", "conversations", webhook["data"].dump(), true};
  auto told = [](const std::vector<Delivery>& deliveries) {
    Json out = outcome_of(deliveries);
    REQUIRE(out["calls"].size() == 1);
    out["calls"][0].erase("reported_by");
    return out;
  };
  const Json expected = told({twilio, delivered});
  CHECK(expected["dead"] == 0);
  CHECK(expected["calls"][0]["source"] == "twilio");
  CHECK(expected["calls"][0]["duration_secs"] == 42);
  const std::vector<std::vector<Delivery>> orders{
      {delivered, twilio},         {twilio, listed},            {listed, twilio},
      {twilio, delivered, listed}, {twilio, listed, delivered}, {delivered, twilio, listed},
      {delivered, listed, twilio}, {listed, twilio, delivered}, {listed, delivered, twilio}};
  for (size_t at = 0; at < orders.size(); ++at) {
    INFO("order " << at);
    CHECK(told(orders[at]) == expected);
  }
}

TEST_CASE("a source of one tenant says all of a call that is another's by its number") {
  InProcess engine;
  engine.set_owner("twilio", "B1/L1");
  for (const Delivery& delivery : one_call()) {
    if (delivery.source == "twilio") engine.deliver(delivery.source, delivery.kind, delivery.body);
  }
  Json state = engine.state();
  CHECK(state["dead"] == 0);
  REQUIRE(state["calls"].size() == 1);
  CHECK(state["calls"][0]["tenant"] == "B2/L1");
  CHECK(state["calls"][0]["status"] == "completed");
}

TEST_CASE("a source of one tenant says nothing of another's call that came by the other's source") {
  InProcess engine;
  engine.set_owner("elevenlabs", "B1/L1");
  engine.set_owner("twilio", "B2/L1");
  for (const Delivery& delivery : one_call()) engine.deliver(delivery.source, delivery.kind, delivery.body);
  CHECK(engine.state()["dead"] == 1);
  Json call = engine.call("CA00000000000000000000000000000000");
  CHECK(call["tenant"] == "B2/L1");
  CHECK(call["agent_id"] == nullptr);
}

TEST_CASE("a call that a source of everybody and one of a tenant tell is taken from both, whoever speaks first") {
  std::mt19937 random(11);
  for (const std::string agent : {"xyz", "agent_of_nobody"}) {
    auto deliveries = one_call();
    for (Delivery& delivery : deliveries) {
      if (delivery.source != "elevenlabs") continue;
      Json body = Json::parse(delivery.body);
      body["data"]["agent_id"] = agent;
      delivery.body = body.dump();
    }
    auto outcome = [&] {
      InProcess engine;
      engine.set_owner("elevenlabs", "B1/L1");
      for (const Delivery& delivery : deliveries) engine.deliver(delivery.source, delivery.kind, delivery.body);
      return engine.state();
    };
    const Json expected = outcome();
    REQUIRE(expected["dead"] == 0);
    REQUIRE(expected["calls"].size() == 1);
    CHECK(expected["calls"][0]["tenant"] == (agent == "xyz" ? "B1/L1" : "B2/L1"));
    CHECK(expected["calls"][0].contains("transcript"));
    for (int round = 0; round < 12; ++round) {
      std::ranges::shuffle(deliveries, random);
      INFO(agent << " round " << round);
      REQUIRE(outcome() == expected);
    }
  }
}

TEST_CASE("a recording that one provider has is known in any order, whatever the other and the rules say of it") {
  TempDir rules;
  const bool denied = GENERATE(false, true);
  rules.write("deny.lua", std::string("return { name = 'deny', on = 'conversation.ended', handle = function(_, ctx)\n") +
                              (denied ? "ctx.call:update { has_recording = false }" : "") + " end }");
  auto deliveries = one_call();
  Json conversation = Json::parse(deliveries[5].body);
  conversation["data"]["has_audio"] = false;
  deliveries = {deliveries[3], deliveries[4], {"elevenlabs", "", conversation.dump()}, deliveries[4]};
  std::vector<size_t> order{0, 1, 2, 3};
  do {
    InProcess engine(rules.path());
    for (size_t n : order) engine.deliver(deliveries[n].source, deliveries[n].kind, deliveries[n].body);
    engine.settle();
    CHECK(engine.call("CA00000000000000000000000000000000")["has_recording"] == !denied);
    auto recording = recording_of(engine, "CA00000000000000000000000000000000");
    REQUIRE(recording);
    CHECK(recording->status == RecordingStatus::known);
    CHECK(recording->places.size() == 1);
    CHECK(recording->places["twilio"]["recording_sid"] == "RE00000000000000000000000000000000");
  } while (std::ranges::next_permutation(order).found);
}

TEST_CASE("a late ringing does not overwrite completed") {
  InProcess engine;
  engine.deliver("twilio", "status", fixture("twilio/voice.status.completed.form"));
  engine.deliver("twilio", "status", fixture("twilio/voice.status.ringing.form"));
  engine.settle();
  REQUIRE(engine.call("CA00000000000000000000000000000000")["status"] == "completed");
}

TEST_CASE("processing goes on where it stopped, and does nothing twice") {
  auto deliveries = one_call();
  Json expected = outcome_of(deliveries);
  InProcess engine;
  for (const Delivery& delivery : deliveries) {
    engine.deliver(delivery.source, delivery.kind, delivery.body);
    engine.restart();
  }
  REQUIRE(engine.state() == expected);
}

namespace {

// The same call, of no tenant: a key is one within its tenant.
struct Told {
  Delivery ended, recorded, conversation, audio;
};

Told told_of_nobody() {
  auto all = one_call();
  for (size_t n : {5, 6}) {
    Json body = Json::parse(all[n].body);
    body["data"]["agent_id"] = "agent_of_nobody";
    if (n == 5) body["data"]["metadata"]["phone_call"]["agent_number"] = "+14155550177";
    all[n].body = body.dump();
  }
  all[3].body = "CallSid=CA00000000000000000000000000000000&CallStatus=completed&SequenceNumber=3";
  return {all[3], all[4], all[5], all[6]};
}

}  // namespace

TEST_CASE("a key with the call's id is one key although the call gets another id, in whatever order it is told") {
  const auto [ended, recorded, conversation, audio] = told_of_nobody();
  const Json one{{"tasks", 1}, {"actions", 1}, {"timers", 1}, {"tasks' timers", 1}, {"memory", 1}};
  CHECK(keyed({conversation, audio, ended}) == one);
  CHECK(keyed({audio, conversation, ended}) == one);  // it is known by its conversation alone at first
  CHECK(keyed({ended, conversation, audio}) == one);
  const Json stopped{{"tasks", 1}, {"actions", 1}, {"timers", 0}, {"tasks' timers", 0}, {"memory", 0}};
  CHECK(keyed({conversation, audio, ended, recorded}) == stopped);
  CHECK(keyed({audio, conversation, recorded}) == stopped);
}

TEST_CASE("a person's task by a key with the call's id is the rule's that was made by an id the call once had") {
  const auto [ended, recorded, conversation, audio] = told_of_nobody();
  TempDir rules;
  rules.write("keyed.lua", kKeyed);
  InProcess engine(rules.path());
  engine.deliver(audio.source, audio.kind, audio.body);
  engine.settle();
  const std::string conversation_id = Json::parse(audio.body)["data"]["conversation_id"];
  const std::string former = engine.call(conversation_id)["id"];
  engine.deliver(conversation.source, conversation.kind, conversation.body);
  engine.settle();
  const std::string present = engine.call(conversation_id)["id"];
  REQUIRE(present != former);
  const std::string key = "back:" + present + ":1";
  engine.command("task.create", {{"tenant", ""},
                                 {"wish",
                                  {{"key", key},
                                   {"to", "+14155550100"},
                                   {"kind", "from_a_person"},
                                   {"source", "twilio"},
                                   {"due_at", 2'000'000'000'000}}}});
  CHECK(keyed(engine)["tasks"] == 1);
  auto task = find_task(*engine.store().read().value(), task_id_of("", "back:" + former + ":1"));
  REQUIRE(task);
  CHECK(task->kind == "from_a_person");
}

TEST_CASE("what was asked for by one key while a call was held for two is taken back by that key") {
  const auto [ended, recorded, conversation, audio] = told_of_nobody();
  const Json two{{"tasks", 2}, {"actions", 2}, {"timers", 2}, {"tasks' timers", 2}, {"memory", 2}};
  const Json joined{{"tasks", 2}, {"actions", 2}, {"timers", 1}, {"tasks' timers", 2}, {"memory", 2}};
  const Json stopped{{"tasks", 2}, {"actions", 2}, {"timers", 0}, {"tasks' timers", 0}, {"memory", 0}};
  CHECK(keyed({ended, audio}) == two);
  CHECK(keyed({audio, ended, conversation}) == joined);
  CHECK(keyed({ended, audio, conversation, recorded}) == stopped);
}

}  // namespace hookswitch::test
