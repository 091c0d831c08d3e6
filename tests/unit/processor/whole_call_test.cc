// What rules for whole calls (per = "call") write on a call follows from their latest run alone.
#include <algorithm>
#include <catch2/catch.hpp>

#include "engine/state/timers.h"
#include "tests/support/in_process.h"

namespace hookswitch::test {
namespace {

constexpr const char* kSid = "CA00000000000000000000000000000000";
constexpr const char* kKnown = R"(return { name = "known", on = "conversation.ended", handle = function(_, ctx)
  ctx.call:update { metadata = { known = true } }
end })";

// A conversation about the call of the Twilio fixtures.
std::string conversation() {
  Json out = Json::parse(fixture("elevenlabs/post_call_transcription.full.json"));
  out["data"]["agent_id"] = "nobody's";
  out["data"]["metadata"]["phone_call"] = {
      {"type", "twilio"},           {"direction", "outbound"},           {"phone_number_id", "p"},
      {"call_sid", kSid},           {"agent_number", "+14155550199"},    {"stream_sid", "MZ1"},
      {"external_number", "+14155550100"}};
  return out.dump();
}

// Of the same conversation; it does not say which call that was.
std::string audio() {
  Json out = Json::parse(fixture("elevenlabs/post_call_audio.json"));
  out["data"]["agent_id"] = "nobody's";
  out["data"]["conversation_id"] = Json::parse(conversation())["data"]["conversation_id"];
  return out.dump();
}

void deliver(InProcess& engine, const std::string& what) {
  if (what == "conversation")
    engine.deliver("elevenlabs", "", conversation());
  else if (what == "audio")
    engine.deliver("elevenlabs", "", audio());
  else
    engine.deliver("twilio", "status", fixture("twilio/voice.status." + what + ".form"));
}

Json state_after(const std::string& rules, const std::vector<std::string>& order) {
  InProcess engine(rules);
  for (const std::string& what : order) deliver(engine, what);
  return engine.state();
}

}  // namespace

TEST_CASE("what a rule says only while something is unknown is gone in the end, in any order of the deliveries") {
  TempDir rules;
  rules.write("known.lua", kKnown);
  rules.write("guess.lua", R"(return { name = "guess", on = "*", per = "call", handle = function(_, ctx)
    ctx.kpi:add("runs")
    if ctx.call.metadata.known then return end
    ctx.call:update {
      tenant = "B1/L1", status = "ended_manually", caller_name = "Nobody", task_id = "t1", contact_id = "p1",
      from = "+40712345678", started_at = 5, metadata = { guessed = true }, variables = { guess = 1 },
    }
  end })");
  std::vector<std::string> order{"completed", "conversation", "ringing"};
  Json expected;
  do {
    Json state = state_after(rules.path(), order);
    INFO(order[0] << ", " << order[1] << ", " << order[2] << ": " << state.dump());
    REQUIRE(state["dead"] == 0);
    REQUIRE(state["calls"].size() == 1);
    const Json& call = state["calls"][0];
    CHECK(call["tenant"] == "B2/L1");
    CHECK(call["status"] == "completed");
    CHECK(call["caller_name"] != "Nobody");
    CHECK(call["task_id"] == nullptr);
    CHECK(call["contact_id"] == nullptr);
    CHECK_FALSE(call["metadata"].contains("guessed"));
    CHECK_FALSE(call["variables"].contains("guess"));
    if (expected.is_null()) expected = state;
    CHECK(state == expected);
  } while (std::ranges::next_permutation(order).found);
}

TEST_CASE("a rule for whole calls sees neither its own last words nor those of rules behind it; an ordinary one does") {
  TempDir rules;
  rules.write("ordinary.lua", R"(return { name = "ordinary", on = "*", handle = function(_, ctx)
    ctx.call:update { metadata = { ordinary = ctx.call.disposition or "none" } }
  end })");
  rules.write("before.lua", R"(return { name = "before", on = "*", per = "call", handle = function(_, ctx)
    ctx.call:update { metadata = { before = ctx.call.disposition or "none", own = (ctx.call.metadata.own or 0) + 1 } }
  end })");
  rules.write("says.lua", R"(return { name = "says", on = { "call.ringing", "call.answered" }, per = "call",
    handle = function(_, ctx) ctx.call:update { disposition = "said" } end })");
  rules.write("then.lua", R"(return { name = "then", on = "*", per = "call", handle = function(_, ctx)
    ctx.call:update { metadata = { behind = ctx.call.disposition or "none" } }
  end })");
  InProcess engine(rules.path());
  for (const char* what : {"ringing", "in-progress", "completed"}) deliver(engine, what);
  engine.settle();
  const Json call = engine.call(kSid);
  INFO(call.dump());
  CHECK(call["disposition"] == "said");
  CHECK(call["metadata"]["ordinary"] == "said");
  CHECK(call["metadata"]["before"] == "none");
  CHECK(call["metadata"]["own"] == 1);
  CHECK(call["metadata"]["behind"] == "said");
}

TEST_CASE("an event for which a rule for whole calls does not run, or that is given up, leaves what it said") {
  TempDir rules;
  rules.write("known.lua", kKnown);
  rules.write("says.lua", R"(return { name = "says", on = "call.*", per = "call", handle = function(_, ctx)
    if not ctx.call.metadata.known then ctx.call:update { disposition = "said" } end
  end })");
  SECTION("no such rule handles it") {}
  SECTION("another one handles it") {
    rules.write("other.lua", R"(return { name = "other", on = "*", per = "call", handle = function(_, ctx)
      ctx.call:update { intent = "other" }
    end })");
  }
  SECTION("it is given up") {
    rules.write("stern.lua", R"(return { name = "stern", on = "conversation.ended", per = "call",
      handle = function(_, ctx) ctx.fail("not today") end })");
  }
  InProcess engine(rules.path());
  deliver(engine, "ringing");
  deliver(engine, "conversation");
  engine.settle();
  CHECK(engine.call(kSid)["disposition"] == "said");
}

TEST_CASE("words about two halves of a call that turns out to be one all stand, whichever half came first") {
  TempDir rules;
  rules.write("audio.lua", R"(return { name = "audio", on = "conversation.audio", per = "call",
    handle = function(_, ctx)
      ctx.call:update { metadata = { audio = true } }
      ctx.kpi:add("heard")
      ctx.activity:add { kind = "call", title = "heard" }
    end })");
  rules.write("line.lua", R"(return { name = "line", on = "call.*", per = "call",
    handle = function(_, ctx)
      ctx.call:update { metadata = { line = true } }
      ctx.kpi:add("on_line")
    end })");
  std::vector<std::string> order{"audio", "completed", "conversation"};
  Json expected;
  do {
    Json state = state_after(rules.path(), order);
    INFO(order[0] << ", " << order[1] << ", " << order[2] << ": " << state.dump());
    REQUIRE(state["dead"] == 0);
    REQUIRE(state["calls"].size() == 1);
    for (const char* word : {"audio", "line"}) CHECK(state["calls"][0]["metadata"].value(word, false));
    REQUIRE(state["activity"].size() == 1);
    state["activity"][0].erase("time");  // what was known of the call's start when the entry was made
    if (expected.is_null()) expected = state;
    CHECK(state == expected);
  } while (std::ranges::next_permutation(order).found);
}

TEST_CASE("the tenant that a rule for whole calls names is in force from there on, and not before it is named again") {
  TempDir rules;
  rules.write("says.lua", R"(return { name = "says", on = "call.*", per = "call", handle = function(_, ctx)
    assert(ctx.tenant == "B2/L1")
    ctx.call:update { tenant = "B1/L1" }
    assert(ctx.tenant == "B1/L1" and ctx.country == "RO")
  end })");
  rules.write("then.lua", R"(return { name = "then", on = "*", per = "call", handle = function(_, ctx)
    assert(ctx.tenant == "B1/L1" and ctx.country == "RO")
  end })");
  const Json state = state_after(rules.path(), {"ringing", "completed", "conversation"});
  CHECK(state["dead"] == 0);
  CHECK(state["calls"][0]["tenant"] == "B1/L1");
}

namespace {

// `set` is what the rule for whole calls gives to ctx.timer:set.
void write_visit(TempDir& rules, const std::string& set) {
  rules.write("visit.lua", R"(return {
    { name = "set", on = "*", per = "call", handle = function(_, ctx) )" + set + R"( end },
    { name = "due", on = "timer.visit", handle = function(_, ctx)
      ctx.activity:add { kind = "visit", title = "due" } end } })");
}

size_t fired(InProcess& engine) {
  engine.settle();
  engine.log().wake();
  REQUIRE(eventually([&] {
    const auto next_ms = next_due_ms(*engine.store().read().value());
    return !next_ms || *next_ms > engine.clock().now_ms();
  }));
  return engine.state()["activity"].size();
}

}  // namespace

TEST_CASE("a timer that a rule for whole calls sets fires once, in any order of the deliveries") {
  TempDir rules;
  write_visit(rules, "ctx.timer:set { key = 'visit:' .. ctx.call.id, name = 'visit', at = 1000 }");
  std::vector<std::string> order{"completed", "conversation", "ringing"};
  do {
    InProcess engine(rules.path());
    INFO(order[0] << ", " << order[1] << ", " << order[2]);
    for (const std::string& what : order) {
      deliver(engine, what);
      CHECK(fired(engine) == 1);
    }
  } while (std::ranges::next_permutation(order).found);
}

TEST_CASE("what fired for two calls that turn out to be one fires no third time") {
  TempDir rules;
  write_visit(rules, "ctx.timer:set { key = 'visit:' .. ctx.call.id, name = 'visit', at = 1000 }");
  InProcess engine(rules.path());
  deliver(engine, "audio");
  deliver(engine, "completed");
  CHECK(fired(engine) == 2);
  for (const char* what : {"conversation", "ringing"}) {
    deliver(engine, what);
    CHECK(fired(engine) == 2);
  }
}

TEST_CASE("a timer of a rule for whole calls fires once for a call though its time moves, unless the key moves with it") {
  const bool moves = GENERATE(false, true);
  TempDir rules;
  write_visit(rules, "local at = ctx.call.status == 'completed' and 2000000000000 or 2000000001000 "
                     "ctx.timer:set { key = 'visit'" +
                         std::string(moves ? " .. at" : "") + ", name = 'visit', at = at }");
  InProcess engine(rules.path());
  engine.clock().set_ms(1'999'999'000'000);
  deliver(engine, "ringing");
  deliver(engine, "in-progress");
  engine.clock().set_ms(2'000'000'001'000);
  CHECK(fired(engine) == 1);
  deliver(engine, "completed");
  CHECK(fired(engine) == (moves ? 2 : 1));
  deliver(engine, "conversation");
  CHECK(fired(engine) == (moves ? 2 : 1));
}

TEST_CASE("a key that several calls share, such as a person's, fires for each of them") {
  TempDir rules;
  write_visit(rules, "ctx.timer:set { key = 'visit', name = 'visit', at = 1000 }");
  InProcess engine(rules.path());
  for (const char* sid : {"CA1", "CA2"}) {
    engine.deliver("twilio", "status", "CallSid=" + std::string(sid) + "&From=%2B15550100&CallStatus=ringing");
    fired(engine);
  }
  CHECK(fired(engine) == 2);
}

TEST_CASE("a timer that a rule for whole calls took back, or set for another time, before it fired can be set again") {
  const auto away = GENERATE("ctx.timer:cancel('visit')",
                             "ctx.timer:set { key = 'visit', name = 'visit', at = 2000000009000 }");
  TempDir rules;
  write_visit(rules, "if ctx.call.status == 'in_progress' then " + std::string(away) +
                         " else ctx.timer:set { key = 'visit', name = 'visit', at = 2000000001000 } end");
  InProcess engine(rules.path());
  engine.clock().set_ms(1'999'999'000'000);
  deliver(engine, "ringing");
  deliver(engine, "in-progress");
  engine.clock().set_ms(2'000'000'001'000);
  CHECK(fired(engine) == 0);
  deliver(engine, "completed");
  CHECK(fired(engine) == 1);
  deliver(engine, "conversation");
  CHECK(fired(engine) == 1);
}

}  // namespace hookswitch::test
