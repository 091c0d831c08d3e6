// Whose a call is may be heard late: what the call says in the end does not depend on when.
#include <catch2/catch.hpp>

#include "tests/support/in_process.h"

namespace hookswitch::test {
namespace {

constexpr const char* kSid = "CA00000000000000000000000000000000";
constexpr const char* kCaller = "+13105551234";

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

// A status of a call between two numbers that are nobody's.
std::string status(const std::string& which) {
  std::string form = fixture("twilio/voice.status." + which + ".form");
  form = replaced(replaced(form, "%2B14155550199", "%2B14155550777"), "%2B14155550100", "%2B13105551234");
  return replaced(form, "outbound-api", "inbound");
}

Json conversation(const std::string& agent, const Json& variables = Json::object(),
                  const std::string& number = kCaller) {
  Json out = Json::parse(fixture("elevenlabs/post_call_transcription.full.json"));
  out["data"]["agent_id"] = agent;
  out["data"]["metadata"]["phone_call"] = {
      {"type", "twilio"},          {"direction", "inbound"}, {"phone_number_id", "p"}, {"agent_number", "+14155550777"},
      {"external_number", number}, {"stream_sid", "MZ1"},    {"call_sid", kSid}};
  out["data"]["conversation_initiation_client_data"]["dynamic_variables"] = variables;
  return out;
}

void put_contact(InProcess& engine, const std::string& id, const std::string& tenant) {
  Json row{{"name", "Person " + id}, {"phones", {kCaller}}};
  if (!tenant.empty()) row["tenant"] = tenant;
  engine.command("contact.put", {{"id", id}, {"row", std::move(row)}});
}

Json call_after(InProcess& engine, const std::vector<std::string>& order) {
  for (const std::string& what : order) {
    if (what == "conversation")
      engine.deliver("elevenlabs", "", conversation("xyz").dump());
    else
      engine.deliver("twilio", "status", status(what));
  }
  engine.settle();
  Json call = engine.call(kSid);
  REQUIRE(call["tenant"] == "B1/L1");
  return call;
}

const std::vector<std::vector<std::string>> kOrders{{"ringing", "completed", "conversation"},
                                                    {"ringing", "conversation", "completed"},
                                                    {"conversation", "ringing", "completed"}};

}  // namespace

TEST_CASE("a call that is nobody's yet knows nobody of another tenant's people") {
  for (const auto& order : kOrders) {
    InProcess engine;
    put_contact(engine, "a", "B2/L1");
    Json call = call_after(engine, order);
    INFO(call.dump());
    CHECK(call["contact_id"] == nullptr);
    CHECK(call["caller_name"] != "Person a");
  }
}

TEST_CASE("people that are nobody's are known whoever's the call is, its own tenant's as soon as it is known") {
  for (const auto& order : kOrders) {
    for (const char* tenant : {"", "B1/L1"}) {
      InProcess engine;
      put_contact(engine, "a", tenant);
      INFO(tenant);
      CHECK(call_after(engine, order)["contact_id"] == "a");
    }
  }
}

TEST_CASE("a tenant that variables name is in force for the rest of the event") {
  InProcess engine;
  put_contact(engine, "a", "B1/L1");
  put_contact(engine, "b", "B2/L1");
  const Json variables{{"business_id", "B2"}, {"location_id", "L1"}};
  engine.deliver("elevenlabs", "", conversation("nobody's", variables, "(310) 555-1234").dump());
  engine.settle();
  Json call = engine.call(kSid);
  CHECK(call["tenant"] == "B2/L1");
  CHECK(call["from"] == kCaller);
  CHECK(call["contact_id"] == "b");
}

TEST_CASE("variables that a caller may choose do not take a call from the tenant whose number was called") {
  const std::string called = replaced(status("completed"), "%2B14155550777", "%2B14155550199");
  const std::string said = conversation("nobody's", {{"business_id", "B1"}, {"location_id", "L1"}}).dump();
  for (bool number_first : {true, false}) {
    InProcess engine;
    if (number_first) engine.deliver("twilio", "status", called);
    engine.deliver("elevenlabs", "", said);
    if (!number_first) engine.deliver("twilio", "status", called);
    engine.settle();
    INFO(number_first);
    CHECK(engine.call(kSid)["tenant"] == "B2/L1");
  }
}

TEST_CASE("an agent's row takes no call from the tenant whose number was called") {
  const std::string called = replaced(status("completed"), "%2B14155550777", "%2B14155550199");
  const std::string said = conversation("everybody's").dump();
  for (const char* bound : {"B1/L1", ""}) {
    for (bool number_first : {true, false}) {
      InProcess engine;
      engine.command("agent.put", {{"id", "everybody's"},
                                   {"tenant", bound},
                                   {"row", {{"source", "elevenlabs"}, {"tenant", "B1/L1"}}}});
      if (number_first) engine.deliver("twilio", "status", called);
      engine.deliver("elevenlabs", "", said);
      engine.settle();
      INFO(bound << " " << number_first);
      if (!number_first) {
        CHECK(engine.call(kSid)["tenant"] == "B1/L1");
        engine.deliver("twilio", "status", called);
        engine.settle();
      }
      CHECK(engine.call(kSid)["tenant"] == "B2/L1");
    }
  }
}

TEST_CASE("an agent's row does not say whose an agent is that the configuration gives to somebody") {
  InProcess engine;
  engine.command("agent.put", {{"id", "xyz"}, {"row", {{"source", "elevenlabs"}, {"tenant", "B2/L1"}}}});
  engine.deliver("elevenlabs", "", conversation("xyz").dump());
  engine.settle();
  CHECK(engine.call(kSid)["tenant"] == "B1/L1");
}

TEST_CASE("an agent's row does not say whose a call is that the source of one tenant told") {
  for (bool owner_first : {true, false}) {
    InProcess engine;
    engine.set_owner("twilio", "B2/L1");
    engine.command("agent.put", {{"id", "g1"}, {"tenant", "B1/L1"}, {"row", {{"source", "elevenlabs"}}}});
    if (owner_first) engine.deliver("twilio", "status", status("completed"));
    engine.deliver("elevenlabs", "", conversation("g1").dump());
    if (!owner_first) engine.deliver("twilio", "status", status("completed"));
    engine.settle();
    INFO(owner_first);
    CHECK(engine.call(kSid)["tenant"] == "B2/L1");
  }
}

TEST_CASE("a rule that names a tenant sees its name, country and time zone at once") {
  TempDir rules;
  rules.write("whose.lua", R"(return { name = "whose", on = "call.*", handle = function(event, ctx)
    assert(ctx.tenant == nil)
    ctx.call:update { tenant = "B2/L1" }
    assert(ctx.tenant == "B2/L1" and ctx.country == "US" and ctx.timezone == "America/New_York")
  end })");
  InProcess engine(rules.path());
  engine.deliver("twilio", "status", status("ringing"));
  CHECK(engine.state()["dead"] == 0);
}

TEST_CASE("what a provider's own kind of event says of a call counts when it is the first that is heard") {
  const std::string action = fixture("twilio/conversationrelay.action.completed.form");
  const std::string voice = fixture("twilio/voice.inbound.form");
  Json kpis;
  for (bool action_first : {false, true}) {
    InProcess engine;
    if (action_first) engine.deliver("twilio", "action", action);
    engine.deliver("twilio", "voice", voice);
    if (!action_first) engine.deliver("twilio", "action", action);
    Json state = engine.state();
    INFO(state.dump());
    REQUIRE(state["calls"].size() == 1);
    CHECK(state["calls"][0]["status"] == "completed");
    CHECK_FALSE(state["kpis"].empty());
    if (kpis.is_null()) kpis = state["kpis"];
    CHECK(state["kpis"] == kpis);
  }
}

TEST_CASE("a message makes no call") {
  InProcess engine;
  engine.deliver("twilio", "sms", fixture("twilio/sms.inbound.form"));
  engine.deliver("twilio", "sms-status", fixture("twilio/sms.status.sent.form"));
  CHECK(engine.state()["calls"].empty());
}

}  // namespace hookswitch::test
