// Whose call it is that a source of one tenant speaks of: whatever ids an event names, another tenant's stays as it is.
#include <catch2/catch.hpp>

#include "engine/state/actions.h"
#include "engine/state/call_ids.h"
#include "engine/state/calls.h"
#include "tests/support/in_process.h"

namespace hookswitch::test {
namespace {

constexpr const char* kSid = "CA00000000000000000000000000000000";

std::string transcription(const std::string& conversation, const std::string& says) {
  Json event = Json::parse(fixture("elevenlabs/post_call_transcription.full.json"));
  event["data"]["agent_id"] = "agent_" + conversation;
  event["data"]["conversation_id"] = conversation;
  event["data"]["metadata"]["phone_call"] = {{"type", "twilio"},
                                             {"direction", "inbound"},
                                             {"agent_number", "+13105550100"},
                                             {"external_number", "+13105550101"},
                                             {"call_sid", kSid}};
  event["data"]["transcript"][0]["message"] = says;
  return event.dump();
}

std::string failure(const std::string& conversation) {
  return R"({"type":"call_initiation_failure","event_timestamp":1759931652,"data":{"agent_id":"a","conversation_id":")" +
         conversation + R"(","failure_reason":"busy","metadata":{"type":"twilio","body":{}}}})";
}

/// Two tenants with a source of their own each, and Twilio, which is everybody's.
class TwoOwners {
 public:
  TwoOwners() {
    for (const char* name : {"ours", "theirs"}) {
      auto source = engine.providers().create_source(name, "elevenlabs", R"({"webhook_secret":"wsec_test_secret"})");
      REQUIRE(source);
      engine.sources().put(std::move(*source));
    }
    engine.set_owner("ours", "B1/L1");
    engine.set_owner("theirs", "B2/L1");
  }
  void write(const std::function<void(Writer&)>& fn) {
    REQUIRE(engine.store().write([&](Writer& writer) {
      fn(writer);
      return writer.status();
    }));
  }
  uint64_t dead() { return engine.state()["dead"]; }

  InProcess engine;
};

}  // namespace

TEST_CASE("an event that names a call of one's own beside another tenant's does not make them one") {
  for (const auto& [one, other] : {std::pair{"ours", "theirs"}, std::pair{"theirs", "ours"}}) {
    TwoOwners two;
    INFO(one << " speaks of the call of " << other);
    two.engine.deliver(other, "", transcription("conv_other", "the other's words"));
    two.engine.deliver(one, "", failure("conv_one"));
    REQUIRE(two.dead() == 0);
    const Json before = two.engine.call(kSid);
    two.engine.deliver(one, "", transcription("conv_one", "words of one"));
    CHECK(two.dead() == 1);
    CHECK(two.engine.call(kSid) == before);
    CHECK(before["source"] == other);
    CHECK(two.engine.call("conv_one")["id"] != before["id"]);
    CHECK(two.engine.call("conv_one")["source"] == one);
    CHECK(dump(two.engine.state()).find("words of one") == std::string::npos);
  }
}

TEST_CASE("a call stays whose source brought it after a source of everybody has spoken of it") {
  TwoOwners two;
  two.engine.deliver("theirs", "", transcription("conv_theirs", "their words"));
  two.engine.deliver("twilio", "status", fixture("twilio/voice.status.completed.form"));
  two.engine.deliver("ours", "", transcription("conv_ours", "our words"));
  CHECK(two.dead() == 1);
  CHECK(two.engine.call("conv_theirs")["tenant"] == "B2/L1");
  two.engine.deliver("theirs", "", failure("conv_theirs"));
  CHECK(two.dead() == 1);
}

TEST_CASE("a call that a tenant had placed is its own, by whichever source") {
  TwoOwners two;
  two.write([](Writer& writer) {
    Action action;
    action.id = "axn_1";
    action.type = "call";
    action.source = "twilio";
    action.tenant = "B2/L1";
    put_action(writer, action);
    Call call;
    call.set(CallField::id, std::string("call_1"));
    call.set(CallField::tenant, std::string("B2/L1"));
    call.set(CallField::source, std::string("twilio"));
    call.add_external_id("action", "axn_1");
    REQUIRE(put_call(writer, call));
    link_call(writer, "action", "axn_1", "call_1");
    link_call(writer, "call_sid", kSid, "call_1");
  });
  two.engine.deliver("ours", "", transcription("conv_ours", "our words"));
  CHECK(two.dead() == 1);
  two.engine.deliver("theirs", "", transcription("conv_theirs", "their words"));
  CHECK(two.dead() == 1);
  CHECK(two.engine.call(kSid)["tenant"] == "B2/L1");
}

TEST_CASE("which sources spoke of a call goes where the call goes") {
  TwoOwners two;
  auto sources = [&](const std::string& call) { return call_sources(*two.engine.store().read().value(), call); };
  two.write([](Writer& writer) {
    for (const char* id : {"call_1", "call_2"}) {
      Call call;
      call.set(CallField::id, std::string(id));
      REQUIRE(put_call(writer, call));
    }
    note_call_source(writer, "call_1", "ours");
    note_call_source(writer, "call_2", "theirs");
    REQUIRE(rename_call(writer, "call_1", "call_2"));
  });
  CHECK(sources("call_1").empty());
  CHECK(sources("call_2") == std::vector<std::string>{"ours", "theirs"});
  two.write([](Writer& writer) { REQUIRE(remove_call(writer, "call_2")); });
  CHECK(sources("call_2").empty());
}

}  // namespace hookswitch::test
